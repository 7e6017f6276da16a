// Before sending: what is asked, the form, and the way to the receipt.
import { Draft } from "@cloakroom/shared/draft";
import { persist } from "@cloakroom/shared/patience";
import type { BoxView } from "@cloakroom/shared/relay";
import type { Outcome } from "@cloakroom/shared/submission";
import type { Trouble } from "@cloakroom/shared/trouble";
import { about, heading, seenOnItsWay } from "./ask";
import { alarm, bdi, h, say, show, title, view } from "./dom";
import { follow } from "./follow";
import { genuine } from "./genuine";
import { form } from "./send";
import { prepare, settle } from "./settle";
import { rarely, seldom } from "./status";
import { never, SEEN_NAME, session, tell, type Visit } from "./visit";
import { watch } from "./watch";

export async function give(visit: Visit, box: BoxView): Promise<void> {
  const { keys, request, shelf } = visit;
  const draft = await Draft.open(shelf, session, keys.boxId, keys.draftSeal, Date.now());
  const submission = prepare(visit, box, draft);
  let sending = false;
  let left = false;
  const sent = async (outcome: Outcome) => {
    const mine = !left;
    left = true;
    stop();
    await settle(visit, draft, outcome);
    if (mine) await followed(visit, null);
  };
  // Another tab or another device may send first, and the request may end while the page is open. What is being sent
  // here hears its own answer.
  const stop = watch(visit.relay, tell, async (now) => {
    if (left || sending || now.state === "waiting" || now.state === "sending") return;
    left = true;
    stop();
    await followed(visit, now);
  });
  await rarely(visit.notes);
  const prepared = draft.parts.length > 0;
  view("give");
  title(...heading(request));
  say(prepared ? "What you prepared is still here." : "Ready.", !prepared);
  const listener = {
    sending: (now: boolean) => void (sending = now),
    away: (away: boolean) => {
      view(away ? "sending" : "give");
      title(...(away ? ["On its way to ", bdi(request.company)] : heading(request)));
    },
    sent: (outcome: Outcome) => void sent(outcome).catch(tell),
  };
  const fill = form(request, submission, draft.sending, listener);
  show(
    session.read(SEEN_NAME) ? seenOnItsWay() : null,
    shelf.survivesReload ? null : forgetful(),
    seldom.beside?.(visit.notes, request) ?? null,
    h("div", { className: "give" }, about(request, genuine(visit.secret, visit.sealedRequest)), fill),
  );
}

/** On to what comes after sending, as the relay has it now, or as it has it when asked. */
async function followed(visit: Visit, box: BoxView | null): Promise<void> {
  const patience = { signal: never, waiting: (why: Trouble | null) => alarm(why?.message ?? "") };
  await follow(visit, box ?? (await persist(patience, () => visit.relay.box())));
}

/** Some private windows keep nothing. */
function forgetful(): HTMLElement {
  return h("p", { className: "warning" }, "This browser keeps nothing for this page. Leave it open until everything was sent.");
}

// After sending: the receipt, then what became of it, and the customer's own words.
import { hex, type Bytes } from "@cloakroom/shared/bytes";
import { Draft, eraseDrafts, forgetBox, keepTakeBack, keptOwner, tookBack } from "@cloakroom/shared/draft";
import { linkCode, parseLink } from "@cloakroom/shared/link";
import { openNext } from "@cloakroom/shared/next";
import { openNotes } from "@cloakroom/shared/note";
import { persist } from "@cloakroom/shared/patience";
import type { BoxView } from "@cloakroom/shared/relay";
import { Trouble } from "@cloakroom/shared/trouble";
import { speak, type Word } from "@cloakroom/shared/word";
import { remind } from "./ask";
import { alarm, announce, button, type Child, focusHeading, h, say, show, view } from "./dom";
import { genuine } from "./genuine";
import { awaitsNext, deleted, headline, isHeld, isOver, rarely, seldom, timeline } from "./status";
import { prepare, settle } from "./settle";
import { never, SECRET_NAME, SEEN_NAME, session, tell, type Visit } from "./visit";
import { watch } from "./watch";
import { type Wish, wishes } from "./wishes";

/** Shows how it stands, and goes on showing it. */
export async function follow(visit: Visit, box: BoxView): Promise<void> {
  alarm("");
  const { keys, shelf } = visit;
  await finishCutReceipt(visit, box);
  visit.owner = await keptOwner(shelf, keys.boxId, keys.draftSeal);
  if (visit.notes.length > 0) await eraseDrafts(shelf, session, keys.boxId);
  // Where a person was sending, the page changes under them; where it was just opened, the browser reads it out.
  const changed = document.body.dataset["view"] === "sending";
  await tellStatus(visit, box, true);
  if (changed) focusHeading();
  watch(visit.relay, tell, (now) => tellStatus(visit, now, false));
}

/** The answer to a submission may have been lost with the tab: ask again with the same bytes. */
async function finishCutReceipt(visit: Visit, box: BoxView): Promise<void> {
  const { keys, shelf } = visit;
  if (box.state !== "sent" && box.state !== "collected") return;
  const rows = await shelf.keys([hex(keys.boxId)]);
  if (!rows.some((key) => key[2] === "draft")) return;
  const draft = await Draft.open(shelf, session, keys.boxId, keys.draftSeal, Date.now());
  if (!draft.sending || draft.parts.length === 0) return;
  const how = { signal: never, waiting: (why: Trouble | null) => say(why?.message ?? "Loading …"), progress: () => undefined };
  await settle(visit, draft, await prepare(visit, box, draft).resubmit(how));
}

async function tellStatus(visit: Visit, box: BoxView, first: boolean): Promise<void> {
  const { keys, request, shelf } = visit;
  const notes = await openNotes(keys.statusSeal, keys.boxId, box.notes);
  if (notes.length < visit.notes.length) throw new Trouble("forged-notes");
  await rarely(notes);
  const changed = notes.length !== visit.notes.length;
  visit.notes = notes;
  if (changed) visit.asked = "";
  // Only what the desk said is acted upon: the relay may be wrong about anything else.
  const over = isOver(notes, request);
  const next = awaitsNext(notes, await tookBack(shelf, keys.boxId));
  const follows = over && next === "to come" ? "The new request follows on this page." : visit.asked;
  visit.state = box.state;
  view("status");
  tellHeadline(visit, follows);
  // A person may be typing into what is already there.
  if (changed || first) showStatus(visit, over);
  // Only now: it takes a moment, and headline and page are to say the same. Without the owner the new link could not be
  // opened.
  if (over && next === "none") await forgetBox(shelf, session, keys.boxId);
  else if (changed) await eraseDrafts(shelf, session, keys.boxId);
}

function tellHeadline({ notes, state, request }: Visit, follows: string): void {
  const { what, more } = headline(notes, state, request);
  announce(what, [...more, follows ? ` ${follows}` : null]);
}

function showStatus(visit: Visit, over: boolean): void {
  const { notes, request, state } = visit;
  const wanted = over || visit.asked ? null : wishes(request, possible(visit));
  const reference = notes.find((note) => note.kind === "received" || note.kind === "taken")?.reference ?? null;
  const happened = timeline(notes, state, request);
  show(
    toNext(visit),
    ...(seldom.ways?.(notes, request, turnTo, (...said) => ask(visit, ...said)) ?? []),
    happened,
    happened && h("p", { className: "row print" }, button("Print or save this page", () => print())),
    remind(request, reference, over ? null : deleted(notes), genuine(visit.secret, visit.sealedRequest)),
    wanted,
  );
}

function toNext(visit: Visit): Child {
  const { owner, notes } = visit;
  const next = notes.filter((note) => note.kind === "replaced").at(-1);
  if (!next || !owner) return null;
  return h("p", {}, button("Go on to the new request", () => goOn(visit, owner, next.next), "primary"));
}

function possible(visit: Visit): Wish[] {
  const { owner, state } = visit;
  if (!isHeld(visit.notes, state)) return [];
  const gone = "Everything you sent is erased for good";
  return [
    { name: "Delete my data now", effect: `${gone}, and your ticket goes on without it.`, speak: () => ask(visit, { kind: "withdraw" }) },
    ...(owner
      ? [{ name: "Take back and replace", effect: `${gone}, and you can send it again, changed.`, speak: () => ask(visit, { kind: "take-back", owner }) }]
      : []),
  ];
}

async function ask(visit: Visit, word: Word, asked = "You asked for this to be erased; this page says so as soon as it is done."): Promise<void> {
  const { keys, relay, notes, shelf } = visit;
  const newest = notes.length > 0 ? notes.length - 1 : null;
  const said = await speak(keys.voice, keys.boxId, newest, word);
  try {
    if (word.kind === "take-back") await keepTakeBack(shelf, keys.boxId, Date.now());
    await persist({ signal: never, waiting: (why) => alarm(why?.message ?? "") }, () => relay.word(said));
    visit.asked = asked;
    alarm("");
    tellHeadline(visit, visit.asked);
    showStatus(visit, false);
    focusHeading();
  } catch (error) {
    tell(error);
  }
}

async function goOn({ secret, keys }: Visit, owner: Bytes, next: Bytes): Promise<void> {
  await turnTo(await openNext(secret, owner, keys.boxId, next));
}

/** On to another link in this tab. */
async function turnTo(link: string): Promise<void> {
  session.write(SECRET_NAME, await linkCode(await parseLink(link)));
  session.erase(SEEN_NAME);
  location.reload();
}

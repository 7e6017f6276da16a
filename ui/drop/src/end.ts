// Where a link leads when it leads nowhere: what happened, and what to do. Nothing tells whether there ever was anything.
import { RelayProblem } from "@cloakroom/shared/relay";
import type { Request } from "@cloakroom/shared/request";
import { plain } from "@cloakroom/shared/submission";
import { Trouble, type TroubleCode } from "@cloakroom/shared/trouble";
import { contact, encrypted } from "./ask";
import { alarm, announce, bdi, button, h, masthead, show, view } from "./dom";

const ASK = "Ask the company for a new link. Call a number from its website or an earlier letter, not one from the message.";
/** Characters of a server's contact. */
const CONTACT_MOST = 500;
const NOTHING = "Nothing you have on this device was sent or lost by opening this page.";
const STEPS: Partial<Record<TroubleCode, string[]>> = {
  "damaged-link": [
    "Open the message again and tap the link itself. If you copy it, take all of it: it ends in a long row of letters and digits.",
    "Some programs break a long link at the end of a line. Then the second half is missing here.",
    ASK,
  ],
  "dead-link": [
    ASK,
    "If you have sent something with this link, the company can tell you what became of it.",
  ],
  insecure: ["Type https:// in front of the address, or open the link in another browser.", ASK],
  "forged-request": [ASK, "Tell the company what you saw here: somebody may be pretending to be them."],
};

/** A failure in words. */
export function words(error: unknown): Trouble {
  if (error instanceof RelayProblem) return plain(error);
  return error instanceof Trouble ? error : new Trouble("refused");
}

/** The page for a link that cannot be shown; `request` when it was proven genuine and something else failed. */
export function end(error: unknown, request: Request | null): void {
  const said = words(error);
  view("end");
  if (!request) masthead(encrypted());
  announce([said.what], [said.todo]);
  alarm("");
  const steps = STEPS[said.code] ?? [];
  const reload = ["refused", "newer-request", "forged-notes"].includes(said.code);
  const ask = h("section", { hidden: true });
  show(
    steps.length > 0 ? h("section", {}, h("h2", {}, "What you can do"), h("ul", { className: "steps" }, ...steps.map((step) => h("li", {}, step)))) : null,
    reload ? h("p", {}, button("Reload the page", () => location.reload(), "primary")) : null,
    request ? h("section", {}, h("h2", {}, "Whom to ask"), ...contact(request)) : null,
    ask,
    h("p", { className: "quiet" }, NOTHING),
  );
  // Not where somebody may be pretending: this contact is the server's own word.
  if (said.code === "dead-link" || said.code === "damaged-link") void publicContact().then((lines) => fill(ask, lines));
}

/** Whom to ask, as whoever runs this server wrote it. Nothing when nobody did, or nobody answers. */
async function publicContact(): Promise<string[]> {
  try {
    const answer = await fetch("/v1/contact", { cache: "no-store", credentials: "omit", redirect: "error" });
    const { contact } = (await answer.json()) as { contact?: unknown };
    return answer.ok && typeof contact === "string" ? contact.slice(0, CONTACT_MOST).split("\n") : [];
  } catch {
    return [];
  }
}

function fill(section: HTMLElement, lines: string[]): void {
  const said = lines.filter((line) => line.trim() !== "");
  if (said.length === 0) return;
  section.hidden = false;
  section.append(h("h2", {}, "Whom to ask"), ...said.map((line) => h("p", {}, bdi(line))));
}

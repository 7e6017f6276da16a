// The status page: what the desk said became of it, and the customer's own words.
import type { Note } from "@cloakroom/shared/note";
import type { BoxState } from "@cloakroom/shared/relay";
import type { Request } from "@cloakroom/shared/request";
import { button, field, h } from "./dom";
import { date } from "./format";

/** The newest state in one sentence. Only notes are believed; what the relay alone says is worded as such. */
export function headline(notes: readonly Note[], state: BoxState, request: Request): string {
  const newest = notes.at(-1);
  if (newest?.kind === "deleted" && !isOver(notes, request)) return `${sentence(newest, request)} The rest is still kept.`;
  if (newest) return sentence(newest, request);
  switch (state) {
    case "sent":
    case "collected":
      return `Sent. ${request.company} has not confirmed it yet; you can close this page.`;
    case "expired":
      return "This request has expired. Ask for a new link if something is still needed.";
    case "revoked":
      return "This request was withdrawn. Nothing more can be sent.";
    case "purged":
      return `The server holds nothing any more. ${request.company} has not confirmed the deletion here.`;
    default:
      return "Nothing was sent yet.";
  }
}

/** Nothing is kept of what was asked for, by the desk's own word. */
export function isOver(notes: readonly Note[], request: Request): boolean {
  const gone = notes.flatMap((note) => (note.kind === "deleted" ? note.classes : []));
  return notes.at(-1)?.kind === "revoked" || request.slots.every((slot) => gone.includes(slot.class));
}

/** Where the link stands that follows taking back: `asked` when this browser asked for it. */
export function awaitsNext(notes: readonly Note[], asked: boolean): "here" | "to come" | "none" {
  if (notes.some((note) => note.kind === "replaced")) return "here";
  const refused = notes.some((note) => note.kind === "refused" && note.word === "take-back");
  return asked && !refused ? "to come" : "none";
}

export function history(notes: readonly Note[], request: Request): HTMLElement {
  const lines = notes.map((note) => h("li", {}, `${date(note.at)}: ${sentence(note, request)}`));
  return h("section", { attrs: { "aria-label": "What happened" } }, h("ol", {}, ...lines));
}

/** A word that is spoken only after the ticket's reference was typed: robots click buttons. */
export function guarded(name: string, effect: string, request: Request, speak: () => Promise<void>): HTMLElement {
  const reference = field("Ticket reference", { type: "text", autocomplete: "off" });
  const error = h("p", { className: "error", attrs: { "aria-live": "polite" } });
  const confirm = button("Yes, do it", async () => {
    if (bare(reference.input.value) !== bare(request.ticket)) {
      error.textContent = "This is not the reference of this ticket. You find it at the top of this page.";
      reference.input.focus();
      return;
    }
    error.textContent = "";
    await speak();
  });
  const sure = h("div", { hidden: true }, h("p", {}, effect), reference.label, confirm, error);
  const begin = button(name, () => {
    sure.hidden = false;
    reference.input.focus();
  });
  return h("div", {}, begin, sure);
}

function sentence(note: Note, request: Request): string {
  switch (note.kind) {
    case "received":
      return `Received by ${request.company}. Reference ${note.reference}.`;
    case "opened":
      return `Opened on ${date(note.at)} (${note.class}): ${note.reason.replaceAll("-", " ")}.`;
    case "closing":
      return `Your ticket was solved or closed. Deletion is due on ${date(note.due)}.`;
    case "reopened":
      return `Your ticket was opened again. Deletion waits until it is solved, but not longer than promised: ${promised(request)}.`;
    case "deleted":
      return `Deleted on ${date(note.at)} (${note.classes.join(", ")}). Certificate ${note.certificate}. Method: ${note.method}.`;
    case "problem":
      return "What you sent arrived damaged and was not opened. You will be asked again.";
    case "replaced":
      return "A new request takes the place of this one.";
    case "held":
      return `Deletion is on hold until ${date(note.until)}.`;
    case "extended":
      return `Kept longer, as you agreed: until ${date(note.until)} (${note.class}).`;
    case "refused":
      return "Your last wish could not be carried out. Ask the company about it.";
    case "revoked":
      return "This request was withdrawn. Nothing more can be sent.";
    case "other":
      return "Something happened that this page does not know yet. Reload it.";
  }
}

/** The terms that run whatever becomes of the ticket. */
function promised(request: Request): string {
  return request.retention.map((each) => `${each.class} until ${date(each.until)}`).join(", ");
}

function bare(reference: string): string {
  return reference.trim().replace(/^#/, "").toLowerCase();
}

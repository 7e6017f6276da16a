// The status page: what the desk said became of it.
import type { Note } from "@cloakroom/shared/note";
import type { BoxState } from "@cloakroom/shared/relay";
import type { Request } from "@cloakroom/shared/request";
import { labels, when } from "./ask";
import { bdi, type Child, h } from "./dom";
import { date } from "./format";

/** What happened, and what that means. */
export interface Said {
  what: Child[];
  more: Child[];
}

const REASONS: Record<string, string> = {
  "verify-identity": "to verify who you are",
  "charge-card": "to charge your card",
  "customer-asked": "because you asked for it",
  "check-quality": "to check that it can be read",
  "legal-duty": "because the law demands it",
};
/** How well the keys were erased; see the certificate. */
const METHODS: Record<string, string> = {
  R: "The keys were destroyed, the server’s share of them too.",
  H: "The keys were destroyed; they were sealed to hardware.",
  P: "The keys were destroyed and written over in place.",
  B: "The keys were destroyed, as well as their storage allows.",
};

/** The newest state. Only notes are believed; what the relay alone says is worded as such. */
export function headline(notes: readonly Note[], state: BoxState, request: Request): Said {
  const company = bdi(request.company);
  const newest = notes.at(-1);
  if (newest) {
    const said = sentence(newest, request);
    const gone = isOver(notes, request) ? " Nothing of what you sent is kept." : " The rest is still kept.";
    const rest = newest.kind === "deleted" ? gone : null;
    return { what: said.what, more: [...said.more, rest] };
  }
  switch (state) {
    case "sent":
    case "collected":
      return { what: ["Sent."], more: [company, " has not confirmed it yet; you can close this page."] };
    case "expired":
      return { what: ["This request has expired."], more: ["Ask for a new link if something is still needed."] };
    case "revoked":
      return { what: ["This request was withdrawn."], more: ["Nothing more can be sent."] };
    case "purged":
      return { what: ["The server holds nothing any more."], more: [company, " has not confirmed the deletion here."] };
    default:
      return { what: ["Nothing was sent yet."], more: ["Reload the page to begin."] };
  }
}

/** Nothing is kept of what was asked for, by the desk's own word. */
export function isOver(notes: readonly Note[], request: Request): boolean {
  const gone = deleted(notes);
  return notes.at(-1)?.kind === "revoked" || request.slots.every((slot) => gone.includes(slot.class));
}

/** Where the link stands that follows taking back: `asked` when this browser asked for it. */
export function awaitsNext(notes: readonly Note[], asked: boolean): "here" | "to come" | "none" {
  if (notes.some((note) => note.kind === "replaced")) return "here";
  const refused = notes.some((note) => note.kind === "refused" && note.word === "take-back");
  return asked && !refused ? "to come" : "none";
}

/** What happened, oldest first, and after it what is still to come. */
export function timeline(notes: readonly Note[], state: BoxState, request: Request): HTMLElement | null {
  const past = notes.map((note) => {
    return h("li", { className: note.kind }, h("p", { className: "at" }, when(note.at)), h("p", {}, ...line(note, request)));
  });
  const held = state === "sent" || state === "collected" || notes.length > 0;
  // When that was, only the desk could say.
  if (past.length === 0 && held) past.push(h("li", {}, h("p", { className: "at" }, "Sent"), h("p", {}, "Everything left this browser, encrypted.")));
  const future = held && !isOver(notes, request) ? upcoming(notes, request) : [];
  if (past.length + future.length === 0) return null;
  return h(
    "section",
    { className: "timeline" },
    h("h2", {}, future.length > 0 ? "So far, and what comes next" : "What happened"),
    h("ol", {}, ...past, ...future.map((each) => h("li", { className: "to-come" }, ...each))),
  );
}

function upcoming(notes: readonly Note[], request: Request): Child[][] {
  const received = notes.some((note) => note.kind === "received");
  const gone = deleted(notes);
  const closing = notes.filter((note) => note.kind === "closing" || note.kind === "reopened").at(-1);
  const kept = request.retention.filter((promise) => !gone.includes(promise.class));
  return [
    ...(received
      ? []
      : [[h("p", { className: "at" }, "Next"), h("p", {}, bdi(request.company), " confirms that it arrived, with a reference. That can wait until their computer is on.")]]),
    ...kept.map((promise) => [
      h("p", { className: "at" }, "At the latest ", when(closing?.kind === "closing" ? Math.min(closing.due, promise.until) : promise.until)),
      h("p", {}, labels(request, [promise.class]), " deleted: ", bdi(promise.rule), "."),
    ]),
  ];
}

/** As the timeline says it, under its date. */
function line(note: Note, request: Request): Child[] {
  if (note.kind === "opened") return ["Opened: ", ...sentence(note, request).more];
  if (note.kind === "deleted") return ["Deleted: ", labels(request, note.classes), ". ", ...sentence(note, request).more];
  const { what, more } = sentence(note, request);
  return [...what, " ", ...more];
}

function deleted(notes: readonly Note[]) {
  return notes.flatMap((note) => (note.kind === "deleted" ? note.classes : []));
}

function sentence(note: Note, request: Request): Said {
  switch (note.kind) {
    case "received":
      return { what: ["Received by ", bdi(request.company), "."], more: ["Reference ", h("b", {}, bdi(note.reference)), "."] };
    case "opened": {
      const reason = REASONS[note.reason] ?? note.reason.replaceAll("-", " ");
      return { what: [`Opened on ${date(note.at)}.`], more: [labels(request, [note.class]), ", ", bdi(reason), "."] };
    }
    case "closing":
      return { what: [`Deletion is due on ${date(note.due)}.`], more: ["Your ticket was solved or closed."] };
    case "reopened": {
      const promised = request.retention.flatMap((each, i): Child[] => [i > 0 ? ", " : null, labels(request, [each.class]), ` until ${date(each.until)}`]);
      const waits = "Deletion waits until it is solved, but not longer than promised: ";
      return { what: ["Your ticket was opened again."], more: [waits, ...promised, "."] };
    }
    case "deleted":
      return {
        what: [`Deleted on ${date(note.at)}: `, labels(request, note.classes), "."],
        more: ["Certificate ", h("b", {}, bdi(note.certificate)), `. ${METHODS[note.method] ?? ""}`],
      };
    case "problem":
      return { what: ["What you sent arrived damaged."], more: ["It was not opened. You will be asked again."] };
    case "replaced":
      return { what: ["A new request takes the place of this one."], more: [] };
    case "held":
      return { what: [`Deletion is on hold until ${date(note.until)}.`], more: ["Ask the company why."] };
    case "extended":
      return { what: [`Kept longer, as you agreed: until ${date(note.until)}.`], more: [labels(request, [note.class]), "."] };
    case "refused":
      return { what: ["Your last wish could not be carried out."], more: ["Ask the company about it."] };
    case "revoked":
      return { what: ["This request was withdrawn."], more: ["Nothing more can be sent."] };
    case "other":
      return { what: ["Something happened that this page does not know yet."], more: ["Reload it."] };
  }
}

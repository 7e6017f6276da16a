// The status page: what the desk said became of it.
import type { Note } from "@cloakroom/shared/note";
import type { BoxState } from "@cloakroom/shared/relay";
import type { DataClass, Request } from "@cloakroom/shared/request";
import { day, labels, when, yours } from "./ask";
import { bdi, type Child, h } from "./dom";
import { later } from "./visit";

/** What happened, and what that means. */
export interface Said {
  what: Child[];
  more: Child[];
}

/** What few customers see, once it is loaded. */
export const seldom: Partial<typeof import("./seldom")> = {};

const SELDOM = ["asked-again", "taken-deleted", "taken", "offered", "held", "extended", "refused"];

/** Loads what is to be said only then. */
export async function rarely(notes: readonly Note[]): Promise<void> {
  if (notes.some((note) => SELDOM.includes(note.kind))) Object.assign(seldom, await later(() => import("./seldom")));
}

/** Whether anything is or was held of what this link asks for: sent through it, or taken in by the agent in its place. */
export function isHeld(notes: readonly Note[], state: BoxState): boolean {
  const came = (note: Note) => (note.kind === "taken" ? !note.apart : note.kind !== "revoked" && !SELDOM.includes(note.kind));
  return state === "sent" || state === "collected" || notes.some(came);
}

const REASONS: Record<string, string> = {
  "verify-identity": "to verify who you are",
  "charge-card": "to charge your card",
  "customer-asked": "because you asked for it",
  "check-quality": "to check that it can be read",
  "legal-duty": "because the law demands it",
};
/** How well it was erased; see the certificate. Of several letters, as in RB, the best comes first and is said. */
const METHODS: Record<string, string> = {
  R: "The keys were destroyed, the server’s share of them too.",
  H: "The keys were destroyed; they were sealed to hardware.",
  P: "The keys were destroyed and written over in place.",
};
const DESTROYED = "It can no longer be opened. How it was destroyed is in the certificate.";

/** The newest state. Only notes are believed; what the relay alone says is worded as such. */
export function headline(notes: readonly Note[], state: BoxState, request: Request): Said {
  const company = bdi(request.company);
  const newest = notes.at(-1);
  if (newest) {
    const { what, more } = sentence(newest, request);
    const end = newest.kind === "closing" && lastEnd(notes, request);
    if (end) return { what: [...ending(end, request), " on ", day(end.due, ".")], more: what };
    if (newest.kind !== "deleted") return { what, more };
    const rest = isOver(notes, request) ? " Nothing of what you sent is kept." : " The rest is still kept.";
    return { what, more: [...more, ` ${METHODS[newest.method.charAt(0)] ?? DESTROYED}`, rest] };
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
  return notes.some((note) => note.kind === "revoked") || left(notes, request).length === 0;
}

/** What was deleted, and when. */
export function deleted(notes: readonly Note[]): Map<DataClass, number> {
  return new Map(notes.flatMap((note) => (note.kind === "deleted" ? note.classes.map((each) => [each, note.at] as const) : [])));
}

function left(notes: readonly Note[], request: Request): DataClass[] {
  const gone = deleted(notes);
  return [...new Set(request.slots.map((slot) => slot.class))].filter((each) => !gone.has(each));
}

/** Where the link stands that follows taking back: `asked` when this browser asked for it. */
export function awaitsNext(notes: readonly Note[], asked: boolean): "here" | "to come" | "none" {
  if (notes.some((note) => note.kind === "replaced")) return "here";
  const refused = notes.some((note) => note.kind === "refused" && note.word === "take-back");
  return asked && !refused ? "to come" : "none";
}

/** What happened, oldest first, and after it what is still to come. */
export function timeline(notes: readonly Note[], state: BoxState, request: Request): HTMLElement | null {
  const past = together(notes).map((each) => h("li", { className: each.note.kind }, ...step(when(each.note.at, true), ...line(each, request))));
  const held = isHeld(notes, state);
  // When that was, only the desk could say.
  if (past.length === 0 && held) past.push(h("li", {}, ...step("Sent", "Everything left this browser, encrypted.")));
  const future = held && !isOver(notes, request) ? upcoming(notes, request) : [];
  if (past.length + future.length === 0) return null;
  return h(
    "section",
    { className: "timeline" },
    h("h2", {}, future.length > 0 ? "So far, and what comes next" : "What happened"),
    h("ol", {}, ...past, ...future.map((each) => h("li", { className: "to-come" }, ...each))),
  );
}

function step(at: Child, ...what: Child[]): Child[] {
  return [h("p", { className: "at" }, at), h("p", {}, ...what)];
}

/** `times` and `last`: how often it happened, and when last. */
interface Line {
  note: Note;
  times: number;
  last: number;
}

/** Looks that follow one another are one line for each thing and reason: the first, how many, and the last. */
function together(notes: readonly Note[]): Line[] {
  const run = new Map<string, Line>();
  return notes.flatMap((note) => {
    if (note.kind !== "opened") run.clear();
    const what = note.kind === "opened" ? `${note.class} ${note.reason}` : "";
    const before = run.get(what);
    if (before) {
      before.times++;
      before.last = note.at;
      return [];
    }
    const line = { note, times: 1, last: note.at };
    if (what) run.set(what, line);
    return [line];
  });
}

/** An end that the desk named, and all that was there then. */
interface End {
  due: number;
  of: DataClass[];
}

/** The one that it named last and did not take back. */
function lastEnd(notes: readonly Note[], request: Request): End | null {
  let end: End | null = null;
  for (const [at, note] of notes.entries()) {
    if (note.kind === "closing") end = { due: note.due, of: left(notes.slice(0, at), request) };
    else if (["reopened", "held", "extended"].includes(note.kind)) end = null;
  }
  return end;
}

/** Of several things it is the first one's: the others may stay longer. */
function ending({ of }: End, request: Request): Child[] {
  if (of.length > 1) return ["Deletion begins"];
  return [yours(request, request.slots.filter((slot) => of.includes(slot.class)), "Your "), " will be deleted"];
}

/** Sooner things first. A date stands only where the desk named it: the promised one counts from the last day to send. */
function upcoming(notes: readonly Note[], request: Request): Child[][] {
  const received = notes.some((note) => ["received", "taken", "problem"].includes(note.kind));
  const kept = left(notes, request);
  const end = lastEnd(notes, request);
  const stands = end?.of.length === kept.length;
  const rules = request.retention.filter((promise) => kept.includes(promise.class)).sort((a, b) => a.until - b.until);
  return [
    ...(received ? [] : [step("Next", bdi(request.company), " confirms that it arrived, with a reference. That can wait until their computer is on.")]),
    ...(end && stands ? [step(when(end.due), ...ending(end, request), ".")] : []),
    ...(stands && kept.length === 1 ? [] : rules.map((promise) => step("Later", labels(request, [promise.class]), " will be deleted: ", bdi(promise.rule), "."))),
  ];
}

/** As the timeline says it, under its date. */
function line({ note, times, last }: Line, request: Request): Child[] {
  const { what, more } = sentence(note, request);
  if (note.kind === "opened") return [...(times > 1 ? [`Opened ${times} times, the last on `, day(last, ":")] : ["Opened:"]), " ", ...more];
  if (note.kind === "deleted") return ["Deleted: ", labels(request, note.classes), ". ", ...more];
  return [...what, " ", ...more];
}

function sentence(note: Note, request: Request): Said {
  switch (note.kind) {
    case "received":
      return { what: ["Received by ", bdi(request.company), "."], more: ["Reference ", h("b", {}, bdi(note.reference)), "."] };
    case "opened": {
      const reason = REASONS[note.reason] ?? note.reason.replaceAll("-", " ");
      return { what: ["Opened on ", day(note.at, ".")], more: [labels(request, [note.class]), ", ", bdi(reason), "."] };
    }
    case "closing":
      return { what: ["Your ticket was closed."], more: [] };
    case "reopened":
      return { what: ["Your ticket was opened again."], more: ["Deletion waits until it is solved, but not longer than promised."] };
    case "deleted":
      return {
        what: ["Deleted on ", day(note.at, ":"), " ", labels(request, note.classes), "."],
        more: ["Certificate ", h("b", {}, bdi(note.certificate)), "."],
      };
    case "problem":
      return { what: ["What you sent arrived damaged."], more: ["It was not opened. You will be asked again."] };
    case "replaced":
      return { what: ["A new request takes the place of this one."], more: [] };
    case "revoked":
      return { what: ["This request was withdrawn."], more: ["Nothing more can be sent."] };
    default:
      return seldom.sentence?.(note, request) ?? { what: ["Something happened that this page does not know yet."], more: ["Reload it."] };
  }
}

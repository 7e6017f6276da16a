// What few customers see: asked once more, taken in another way, a longer term, a hold. Loaded with the first of it.
import type { DataClass, Request } from "@cloakroom/shared/request";
import type { Note } from "@cloakroom/shared/note";
import type { Word } from "@cloakroom/shared/word";
import { day, labels, yours } from "./ask";
import { bdi, button, type Child, h } from "./dom";
import { date } from "./format";
import type { Said } from "./status";
import { guarded, type Wish } from "./wishes";

const BECAUSE: Record<string, string> = {
  blurry: "It was too blurry to read.",
  "cut-off": "A part of it was cut off.",
  "wrong-side": "It showed the wrong side.",
  expired: "It had expired.",
  glare: "Light on it hid a part.",
  photocopy: "It was a copy, and the original is needed.",
};

export function sentence(note: Note, request: Request): Said | null {
  switch (note.kind) {
    case "asked-again":
      return { what: [bdi(request.company), " asks you once more for ", again(note.slots, request), "."], more: [BECAUSE[note.reason ?? ""] ?? ""] };
    case "taken":
      return {
        what: [bdi(request.company), " has ", of(note.classes, request), " by another way."],
        more: ["It was taken in there, encrypted like the rest. Reference ", h("b", {}, bdi(note.reference)), ". Deleted at the latest on ", day(note.until, ".")],
      };
    case "taken-deleted":
      return {
        what: ["Deleted on ", day(note.at, ":"), " ", labels(request, note.classes), ", which came by another way."],
        more: ["Certificate ", h("b", {}, bdi(note.certificate)), "."],
      };
    case "offered":
      return {
        what: ["May ", of([note.class], request), " be kept until ", day(note.until, "?")],
        more: [bdi(request.company), " asks you. Without your yes it is deleted as promised."],
      };
    case "held":
      return { what: ["Deletion is on hold until ", day(note.until, ".")], more: ["Ask the company why."] };
    case "extended":
      return { what: ["Kept longer, as you agreed: until ", day(note.until, ".")], more: [labels(request, [note.class]), "."] };
    case "refused":
      return { what: ["Your last wish could not be carried out."], more: ["Ask the company about it."] };
    default:
      return null;
  }
}

/** Above the form while it waits: what the company has already. */
export function beside(notes: readonly Note[], request: Request): Child {
  const taken = notes.flatMap((note) => (note.kind === "taken" ? note.classes : []));
  if (taken.length === 0) return null;
  const has: Child[] = [bdi(request.company), " has ", of(taken, request), " by another way already."];
  return h("p", { className: "warning" }, ...has, " This page still asks for all of it: if you want to send less, ask them for a link to the rest.");
}

/** The way on: to the next round, or a yes to a longer term. */
export function ways(notes: readonly Note[], request: Request, goOn: (link: string) => unknown, say: (word: Word, asked: string) => Promise<void>): Child[] {
  const next = notes.filter((note) => note.kind === "asked-again").at(-1);
  const offer = open(notes);
  return [
    next
      ? h(
          "section",
          { className: "wishes", attrs: { "aria-label": "Asked once more" } },
          // Where it is the news, it stands above as the headline.
          next === notes.at(-1) ? null : h("p", {}, bdi(request.company), " asks you once more for ", again(next.slots, request), ". ", BECAUSE[next.reason ?? ""] ?? null),
          button("Go on to the new request", () => turn(next.next, goOn), "primary"),
        )
      : null,
    offer ? h("section", { className: "wishes" }, guarded(yes(offer, request, say), request)) : null,
  ];
}

/** In this tab. By then the company may have moved to another address. */
function turn(link: string, goOn: (link: string) => unknown): unknown {
  if (/^https?:/.test(link) && new URL(link).origin !== location.origin) return location.assign(link);
  return goOn(link);
}

function yes({ until, what }: Offer, request: Request, say: (word: Word, asked: string) => Promise<void>): Wish {
  const label = labels(request, [what]).textContent ?? "";
  return {
    name: "Yes, keep it longer",
    effect: `${label} is kept until ${date(until)} and deleted then at the latest. You can have it deleted at any time before.`,
    speak: () => say({ kind: "extend", until }, "You said yes; this page says so as soon as it is noted."),
  };
}

interface Offer {
  until: number;
  what: DataClass;
}

/** The offer that nothing later answered. */
function open(notes: readonly Note[]): Offer | null {
  let offer: Offer | null = null;
  for (const note of notes) {
    if (note.kind === "offered") offer = { until: note.until, what: note.class };
    else if (note.kind === "extended" || note.kind === "closing") offer = null;
    else if (note.kind === "deleted" && offer && note.classes.includes(offer.what)) offer = null;
  }
  return offer;
}

function of(classes: readonly DataClass[], request: Request): HTMLElement {
  return yours(request, request.slots.filter((slot) => classes.includes(slot.class)));
}

function again(slots: readonly number[], request: Request): HTMLElement {
  const asked = request.slots.filter(({ slot }) => slots.includes(slot));
  return yours(request, asked.length > 0 ? asked : request.slots);
}

// Notes: what became of a submission. The relay can withhold the newest, not invent, drop or reorder (FORMATS.md §3).
import { type Bytes, base64, concat, text, u32, unbase64, utf8 } from "./bytes";
import { DATA_CLASSES, type DataClass } from "./request";
import { open, seal, SealError } from "./sealed";
import { array, type Fields, fields, int, nullable, oneOf, string } from "./shape";
import { Trouble } from "./trouble";

/** `at` and all other times in UTC seconds. */
export type Note = { v: 1; at: number } & (
  | { kind: "received"; reference: string }
  | { kind: "opened"; class: DataClass; reason: string }
  | { kind: "closing"; due: number }
  | { kind: "reopened" }
  /** `classes`: what was destroyed; the rest of what was sent may live on. */
  | { kind: "deleted"; classes: DataClass[]; certificate: string; method: string; checkpoint: string | null }
  | { kind: "problem"; code: "damaged" | "forged" | "incomplete" }
  /** `next`: the sealed link of the next round, see `openNext`. */
  | { kind: "replaced"; next: Bytes }
  | { kind: "held"; until: number }
  | { kind: "extended"; class: DataClass; until: number }
  | { kind: "refused"; word: "withdraw" | "take-back" | "extend" }
  | { kind: "revoked" }
  /** `slots`: which of this request's; `next`: the whole link of the next round, see `again`. */
  | { kind: "asked-again"; reason: string | null; slots: number[]; next: string }
  /** The agent took it in. `apart`: beside what came or comes through this link. */
  | { kind: "taken"; classes: DataClass[]; reference: string; apart: boolean; until: number }
  | { kind: "taken-deleted"; classes: DataClass[]; certificate: string }
  | { kind: "offered"; class: DataClass; until: number }
  /** Of a later version: its date is shown, nothing else is known. */
  | { kind: "other" }
);

const PAGE = 1024;

/** A note as the relay hands it out. */
export interface SealedNote {
  seq: number;
  note: Bytes;
}

/** All notes, oldest first. Throws `forged-notes` when one is missing, doubled, out of order or not from the desk. */
export async function openNotes(statusSeal: CryptoKey, boxId: Bytes, sealed: readonly SealedNote[]): Promise<Note[]> {
  const misplaced = sealed.find((each, place) => each.seq !== place);
  if (misplaced) {
    const doubled = sealed.findIndex((each) => each.seq === misplaced.seq) < sealed.indexOf(misplaced);
    throw new Trouble("forged-notes", null, doubled ? "double" : "gap");
  }
  return Promise.all(sealed.map((each) => openNote(statusSeal, boxId, each.seq, each.note)));
}

export async function openNote(statusSeal: CryptoKey, boxId: Bytes, seq: number, sealed: Bytes): Promise<Note> {
  const json = await open(statusSeal, "note", concat(boxId, u32(seq)), sealed).catch((error: unknown) => {
    throw new Trouble("forged-notes", error, error instanceof SealError ? error.reason : "refused");
  });
  try {
    return parse(fields(JSON.parse(text(json))));
  } catch (error) {
    throw new Trouble("forged-notes", error, "malformed");
  }
}

/** As the desk seals it: JSON padded with spaces to 1024 bytes (or a multiple). For tests that play the desk. */
export async function sealNote(
  statusSeal: CryptoKey,
  boxId: Bytes,
  seq: number,
  note: Note,
  nonce?: Bytes,
): Promise<Bytes> {
  const json = utf8(JSON.stringify(note.kind === "replaced" ? { ...note, next: base64(note.next) } : note));
  const padded = new Uint8Array(Math.ceil(json.length / PAGE) * PAGE).fill(0x20);
  padded.set(json);
  return seal(statusSeal, "note", concat(boxId, u32(seq)), padded, nonce);
}

function classes(from: Fields): DataClass[] {
  return array(from["classes"]).map((each) => oneOf(DATA_CLASSES, each));
}

function parse(from: Fields): Note {
  if (from["v"] !== 1) return { v: 1, at: int(from["at"]), kind: "other" };
  const common = { v: 1 as const, at: int(from["at"]) };
  const kind = string(from["kind"]);
  switch (kind) {
    case "received":
      return { ...common, kind, reference: string(from["reference"]) };
    case "opened":
      return { ...common, kind, class: oneOf(DATA_CLASSES, from["class"]), reason: string(from["reason"]) };
    case "closing":
      return { ...common, kind, due: int(from["due"]) };
    case "reopened":
    case "revoked":
      return { ...common, kind };
    case "deleted":
      return {
        ...common,
        kind,
        classes: classes(from),
        certificate: string(from["certificate"]),
        method: string(from["method"]),
        checkpoint: nullable(string, from["checkpoint"]),
      };
    case "problem":
      return { ...common, kind, code: oneOf(["damaged", "forged", "incomplete"] as const, from["code"]) };
    case "replaced":
      return { ...common, kind, next: unbase64(string(from["next"])) };
    case "held":
      return { ...common, kind, until: int(from["until"]) };
    case "extended":
      return { ...common, kind, class: oneOf(DATA_CLASSES, from["class"]), until: int(from["until"]) };
    case "refused":
      return { ...common, kind, word: oneOf(["withdraw", "take-back", "extend"] as const, from["word"]) };
    case "asked-again":
      return {
        ...common,
        kind,
        reason: nullable(string, from["reason"]),
        slots: array(from["slots"]).map(int),
        next: string(from["next"]),
      };
    case "taken":
      return { ...common, kind, classes: classes(from), reference: string(from["reference"]), apart: from["apart"] === true, until: int(from["until"]) };
    case "taken-deleted":
      return { ...common, kind, classes: classes(from), certificate: string(from["certificate"]) };
    case "offered":
      return { ...common, kind, class: oneOf(DATA_CLASSES, from["class"]), until: int(from["until"]) };
    default:
      return { ...common, kind: "other" };
  }
}

// The sealed request: what is asked, by whom, and what is promised (FORMATS.md §3).
import { type Bytes, text, utf8 } from "./bytes";
import { open, seal, SealError } from "./sealed";
import { Trouble } from "./trouble";
import { type Fields, array, fields, int, nullable, oneOf, string } from "./shape";

export type DataClass = "identity" | "payment" | "general";
export const DATA_CLASSES: readonly DataClass[] = ["identity", "payment", "general"];
export const CLASS_BYTE: Record<DataClass, number> = { identity: 1, payment: 2, general: 3 };

export type Brand = "visa" | "mastercard" | "amex";

/** One thing asked for. `slot` is its number, `label` what a person reads. */
export type Slot = { slot: number; class: DataClass; label: string } & (
  | { kind: "document"; media: string[]; pages: number; cover: "none" | "offered" | "required"; watermark: boolean }
  | { kind: "card"; brands: Brand[] }
  /** `max` in characters. */
  | { kind: "text"; max: number }
);

/** Times in UTC seconds, sizes in bytes. */
export interface Request {
  v: 1;
  company: string;
  colour: string;
  agent: string;
  ticket: string;
  purpose: string;
  slots: Slot[];
  seen_by: string[];
  retention: { class: DataClass; rule: string; until: number }[];
  help: { name: string; phone: string | null; email: string | null; web: string | null };
  language: string;
  limits: { bytes: number; parts: number };
  opened: number;
  expires: number;
  recipients: { class: DataClass; kind: "x25519"; recipient: string }[];
  ledger_key: string;
  notice: { version: string; hash: string };
}

const PAGE = 4096;

/** The request, if the holder of the link made it and it is whole. */
export async function openRequest(requestSeal: CryptoKey, boxId: Bytes, sealed: Bytes): Promise<Request> {
  const json = await open(requestSeal, "request", boxId, sealed).catch((error: unknown) => {
    const reason = error instanceof SealError ? error.reason : "refused";
    throw new Trouble(reason === "newer-version" ? "newer-request" : "forged-request", error, reason);
  });
  let request: Request;
  try {
    const from = fields(JSON.parse(text(json)));
    if (from["v"] !== 1) throw new Trouble("newer-request", null, "newer-version");
    request = parse(from);
  } catch (error) {
    throw error instanceof Trouble ? error : new Trouble("newer-request", error, "malformed");
  }
  if (!isConsistent(request)) throw new Trouble("newer-request", null, "inconsistent");
  return request;
}

/** As the desk seals it: JSON padded with spaces to a multiple of 4096 bytes. For tests that play the desk. */
export async function sealRequest(requestSeal: CryptoKey, boxId: Bytes, request: Request, nonce?: Bytes): Promise<Bytes> {
  const json = utf8(JSON.stringify(request));
  const padded = new Uint8Array(Math.ceil(json.length / PAGE) * PAGE).fill(0x20);
  padded.set(json);
  return seal(requestSeal, "request", boxId, padded, nonce);
}

/** The age recipient for a data class; every class of a slot has one. */
export function recipientOf(request: Request, of: DataClass): string {
  const found = request.recipients.find((each) => each.class === of);
  if (!found) throw new Trouble("newer-request");
  return found.recipient;
}

function parse(from: Fields): Request {
  const help = fields(from["help"]);
  const limits = fields(from["limits"]);
  const notice = fields(from["notice"]);
  return {
    v: 1,
    company: string(from["company"]),
    colour: colour(from["colour"]),
    agent: string(from["agent"]),
    ticket: string(from["ticket"]),
    purpose: string(from["purpose"]),
    slots: array(from["slots"]).map((slot) => parseSlot(fields(slot))),
    seen_by: array(from["seen_by"]).map(string),
    retention: array(from["retention"]).map((each) => {
      const promise = fields(each);
      return { class: oneOf(DATA_CLASSES, promise["class"]), rule: string(promise["rule"]), until: int(promise["until"]) };
    }),
    help: {
      name: string(help["name"]),
      phone: nullable(string, help["phone"]),
      email: nullable(string, help["email"]),
      web: nullable(string, help["web"]),
    },
    language: string(from["language"]),
    limits: { bytes: int(limits["bytes"]), parts: int(limits["parts"]) },
    opened: int(from["opened"]),
    expires: int(from["expires"]),
    recipients: array(from["recipients"]).map((each) => {
      const one = fields(each);
      const kind = oneOf(["x25519"] as const, one["kind"]);
      return { class: oneOf(DATA_CLASSES, one["class"]), kind, recipient: x25519(one["recipient"]) };
    }),
    ledger_key: string(from["ledger_key"]),
    notice: { version: string(notice["version"]), hash: string(notice["hash"]) },
  };
}

/** Each slot has a number of its own and a recipient, each class at most one recipient. */
function isConsistent({ slots, recipients }: Request): boolean {
  const numbers = new Set(slots.map((slot) => slot.slot));
  const classes = new Set(recipients.map((each) => each.class));
  return (
    slots.length > 0 &&
    numbers.size === slots.length &&
    slots.every((slot) => slot.slot < 255 && classes.has(slot.class)) &&
    classes.size === recipients.length
  );
}

function parseSlot(from: Fields): Slot {
  const slot = int(from["slot"]);
  const kind = oneOf(["document", "card", "text"] as const, from["kind"]);
  const about = { class: oneOf(DATA_CLASSES, from["class"]), label: string(from["label"]) };
  switch (kind) {
    case "document":
      return {
        slot,
        kind,
        ...about,
        media: array(from["media"]).map(string),
        pages: int(from["pages"]),
        cover: oneOf(["none", "offered", "required"] as const, from["cover"]),
        watermark: from["watermark"] === true,
      };
    case "card": {
      const brands = array(from["brands"]).map((brand) => oneOf(["visa", "mastercard", "amex"] as const, brand));
      return { slot, kind, ...about, brands };
    }
    case "text":
      return { slot, kind, ...about, max: int(from["max"]) };
  }
}

function x25519(value: unknown): string {
  const recipient = string(value);
  if (!/^age1[02-9ac-hj-np-z]{58}$/.test(recipient)) throw new Error("not an X25519 recipient");
  return recipient;
}

function colour(value: unknown): string {
  const name = string(value);
  if (!/^#[0-9a-f]{6}$/i.test(name)) throw new Error("not a colour");
  return name;
}

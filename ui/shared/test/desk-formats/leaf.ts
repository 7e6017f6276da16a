// Ledger entries: `body JSON ‖ LF ‖ base64 signature, or nothing ‖ LF` (FORMATS §8).
import { createHash } from "node:crypto";
import { unhex, utf8 } from "../../src/bytes";
import { Refused } from "../vectors";
import { canonicalBase64, verifies } from "./ed25519";
import { type Json, parseStrict } from "./strict-json";

type Members = { [key: string]: Json };
type Rule = (value: Json | undefined) => boolean;

export interface Leaf {
  /** The first line, verbatim. */
  body: string;
  members: Members;
  v: number;
  what: string;
  /** False for a version or kind that came later: carried, not understood. */
  known: boolean;
  signature: Buffer | null;
}

export function readLeaf(bytes: Uint8Array): Leaf {
  const lines = Buffer.from(bytes).toString("latin1").split("\n");
  if (lines.length !== 3 || lines[2] !== "" || !lines[0]?.startsWith("{")) throw new Refused("lines");
  const line = lines[1] ?? "";
  const signature = line === "" ? null : canonicalBase64(line);
  if (line !== "" && signature?.length !== 64) throw new Refused("signature-line");
  const body = decode(Buffer.from(lines[0], "latin1"));
  const members = parseStrict(body, "json", "duplicate-key") as Members;
  const [v, what] = [members["v"], members["what"]];
  if (!count(v) || typeof what !== "string") throw new Refused("body");
  const kind = v === 1 ? KINDS[what] : undefined;
  if (v === 1 && !fits(members, { n: id, at: count, who })) throw new Refused("body");
  if (kind && !fits(members, kind)) throw new Refused("body");
  return { body, members, v: Number(v), what, known: kind !== undefined, signature };
}

export function leafHash(bytes: Uint8Array): string {
  return createHash("sha256").update(Buffer.of(0)).update(bytes).digest("hex");
}

/** Whether a person signed the entry for a vault: over `"cloakroom/v1/act" ‖ 00 ‖ vault id ‖ body` (FORMATS §7). */
export function signedBy(leaf: Leaf, vault: string, person: string): boolean {
  const act = Buffer.concat([utf8("cloakroom/v1/act\0"), unhex(vault, 16), utf8(leaf.body)]);
  return leaf.signature !== null && verifies(unhex(person, 32), act, leaf.signature);
}

const id: Rule = (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
const hash: Rule = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const text: Rule = (value) => typeof value === "string";
const flag: Rule = (value) => typeof value === "boolean";
const count: Rule = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const byte: Rule = (value) => count(value) && Number(value) <= 255;
const who: Rule = (value) => value === "desk" || id(value);
const code: Rule = (value) => typeof value === "string" && /^[a-z][a-z0-9-]{0,39}$/.test(value);
const ticket: Rule = (value) =>
  typeof value === "string" && /^[^\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,100}$/u.test(value);
const word =
  (...words: string[]): Rule =>
  (value) =>
    words.includes(String(value));
const list =
  (each: Rule): Rule =>
  (value) =>
    Array.isArray(value) && value.every(each);
const record =
  (rules: Record<string, Rule>): Rule =>
  (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && fits(value, rules);

const dataClass = word("identity", "payment", "general");
const outcome = word("done", "refused", "failed");
const epochs = record({ from: count, to: count });
const letters = list(word("R", "H", "P", "B"));
const state = word("open", "solved", "closed");

const KINDS: Record<string, Record<string, Rule>> = {
  founded: { vault: id, desk_key: text, supervisor: id, supervisor_key: hash, recovery: text },
  unlocked: {},
  "unlock-failed": { count },
  "created-request": {
    request: id,
    box: id,
    ticket,
    classes: list(dataClass),
    notice: record({ version: text, hash }),
  },
  collected: { box: id, record: hash },
  problem: { box: id, code },
  "revealed-intent": { box: id, class: dataClass, slot: byte, reason: code },
  revealed: { box: id, class: dataClass, slot: byte, reason: code, outcome },
  hidden: { box: id, class: dataClass, slot: byte },
  "ticket-changed": { ticket, from: state, to: state, source: code },
  word: { box: id, word: word("withdraw", "take-back", "extend"), outcome },
  revoked: { box: id },
  expired: { box: id },
  "purge-intent": {
    purge: id,
    ticket,
    boxes: list(id),
    classes: list(record({ class: dataClass, items: count })),
    rule: code,
    due: count,
    rows: list(id),
    epoch: epochs,
  },
  "keys-destroyed": { purge: id, epoch: count, dropped: count, erasure: letters },
  "purge-completed": { purge: id, bytes: count, relay_confirmed: flag, outcome, erasure: (value) => value === undefined || letters(value) },
  rotated: { epoch: epochs, reason: code },
  "time-jump": { from: count, to: count },
  alarm: { code },
  "asked-again": { box: id, next: id, reason: code },
  reminded: { box: id },
  "brought-in": { box: id, record: hash },
  "longer-offered": { box: id, class: dataClass, until: count },
  "policy-set": { policy: code, value: code },
};

function fits(members: Members, rules: Record<string, Rule>): boolean {
  return Object.entries(rules).every(([name, rule]) => rule(members[name]));
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("json");
  }
}

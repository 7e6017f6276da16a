// What a desk demands of a submission and of a word before it believes them (FORMATS §4).
import { type Bytes, hex, same, utf8 } from "../../src/bytes";
import { deriveKeys } from "../../src/link";
import { mac } from "../../src/sealed";
import { Refused } from "../vectors";
import { Reader } from "./reader";

const MAC = 32;
const PARTS_MAX = 20;
const PLAINTEXT_MAX = 100_663_296;
/** Header, nonce, and 16 bytes for each 64 KiB: nothing above this can be the age file of a part. */
const PART_MAX = PLAINTEXT_MAX + 16 * Math.ceil(PLAINTEXT_MAX / 65_536) + 1024;
const CLASSES = ["identity", "payment", "general"];

export interface Rule {
  slot: number;
  class: string;
  parts: number;
}

export interface Part {
  part: string;
  class: string;
  slot: number;
  length: number;
  digest: string;
}

export async function openSubmission(
  body: Bytes,
  secret: Bytes,
  boxId: string,
  requestHash: string,
  rules: readonly Rule[],
): Promise<{ ownerHash: string; parts: Part[] }> {
  const record = await checked(body, (await deriveKeys(secret)).submissionMac);
  const reader = new Reader(record, "malformed");
  if (!same(reader.take(24), utf8("cloakroom/v1/submission\0"))) throw new Refused("malformed");
  const [box, request, ownerHash, count] = [reader.hex(16), reader.hex(32), reader.hex(32), reader.u8()];
  if (count < 1 || count > PARTS_MAX) throw new Refused("part-count");
  const parts: Part[] = [];
  for (let i = 0; i < count; i++) {
    const part = readPart(reader);
    if (parts.some((each) => each.part === part.part)) throw new Refused("repeated-part");
    parts.push(part);
  }
  reader.end();
  if (box !== boxId) throw new Refused("other-box");
  if (request !== requestHash) throw new Refused("other-request");
  checkSlots(parts, rules);
  return { ownerHash, parts };
}

export type ReadWord = { newest: number | null; kind: number; owner: string | null; until: number | null };

export async function openWord(sent: Bytes, secret: Bytes, boxId: string): Promise<ReadWord> {
  const reader = new Reader(await checked(sent, (await deriveKeys(secret)).voice), "malformed");
  if (!same(reader.take(18), utf8("cloakroom/v1/word\0"))) throw new Refused("malformed");
  const [box, newest, kind] = [reader.hex(16), reader.u32(), reader.u8()];
  const owner = kind === 1 ? reader.hex(32) : null;
  const until = kind === 2 ? Number(reader.u64()) : null;
  if (kind > 2) throw new Refused("malformed");
  reader.end();
  if (box !== boxId) throw new Refused("other-box");
  return { newest: newest === 0xffff_ffff ? null : newest, kind, owner, until };
}

async function checked(body: Bytes, key: CryptoKey): Promise<Bytes> {
  if (body.length < MAC) throw new Refused("forged");
  const said = body.slice(0, -MAC);
  if (!same(await mac(key, said), body.slice(-MAC))) throw new Refused("forged");
  return said;
}

function readPart(reader: Reader): Part {
  const id = reader.take(16);
  const [byte, slot] = [reader.u8(), reader.u8()];
  const named = CLASSES[byte - 1];
  if (!named) throw new Refused("unknown-class");
  const length = reader.u64();
  if (length === 0n || length > BigInt(PART_MAX)) throw new Refused("part-length");
  return { part: hex(id), class: named, slot, length: Number(length), digest: reader.hex(32) };
}

function checkSlots(parts: readonly Part[], rules: readonly Rule[]): void {
  for (const part of parts.filter((each) => each.slot !== 255)) {
    const rule = rules.find((each) => each.slot === part.slot);
    if (!rule) throw new Refused("unknown-slot");
    if (rule.class !== part.class) throw new Refused("wrong-class");
    if (parts.filter((each) => each.slot === part.slot).length > rule.parts) throw new Refused("unknown-slot");
  }
  for (const used of new Set(parts.map((part) => part.class))) {
    const inClass = parts.filter((part) => part.class === used);
    const manifests = inClass.filter((part) => part.slot === 255).length;
    if (manifests !== 1 || inClass.length === 1) throw new Refused("manifests");
  }
}

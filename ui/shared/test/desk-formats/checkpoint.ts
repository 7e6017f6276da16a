// Signed heads (C2SP tlog-checkpoint, signed-note, tlog-cosignature) and the tree they head (RFC 6962 §2.1).
import { createHash } from "node:crypto";
import { Refused } from "../vectors";
import { canonicalBase64, verifies } from "./ed25519";
import { leafHash } from "./leaf";

const ED25519 = 1;
const COSIGNATURE = 4;
const MOST_SIGNATURES = 100;
const ORIGIN = /^cloakroom\/desk\/[0-9a-f]{32}$/;

export interface VerifierKey {
  name: string;
  /** 8 hex digits. */
  id: string;
  publicKey: Buffer;
}

export interface Checkpoint {
  origin: string;
  size: number;
  /** Hex. */
  root: string;
  /** The text that is signed. */
  body: string;
  lines: { name: string; id: string; signature: Buffer }[];
}

/** A desk's vkey; refuses with `vkey`. */
export function readVkey(text: string, kind = ED25519): VerifierKey {
  const [, name = "", id = "", blob = ""] = /^([^+]+)\+([^+]+)\+(.+)$/.exec(text) ?? [];
  const bytes = canonicalBase64(blob);
  const named = kind === ED25519 ? ORIGIN.test(name) : isName(name);
  if (!named || bytes?.length !== 33 || bytes[0] !== kind) throw new Refused("vkey");
  const publicKey = bytes.subarray(1);
  if (id !== keyId(name, kind, publicKey)) throw new Refused("vkey");
  return { name, id, publicKey };
}

/** The key's fingerprint as people compare it. */
export function fingerprint(vkey: string): string {
  const digits = createHash("sha256").update(vkey).digest("hex").slice(0, 32);
  return (digits.match(/.{4}/g) ?? []).join(" ");
}

/** The head, not yet believed; refuses with `format`. */
export function readCheckpoint(text: string): Checkpoint {
  const at = text.indexOf("\n\n");
  const [origin = "", size = "", root = "", ...more] = text.slice(0, Math.max(0, at)).split("\n");
  const hash = canonicalBase64(root);
  const fits = /^(0|[1-9][0-9]*)$/.test(size) && BigInt(size) < 2n ** 64n;
  if (at < 0 || more.length > 0 || !ORIGIN.test(origin) || !fits || hash?.length !== 32) throw new Refused("format");
  const signatures = text.slice(at + 2);
  if (!signatures.endsWith("\n")) throw new Refused("format");
  const lines = signatures.slice(0, -1).split("\n").map(readLine);
  if (lines.length > MOST_SIGNATURES) throw new Refused("format");
  return { origin, size: Number(size), root: hash.toString("hex"), body: text.slice(0, at + 1), lines };
}

/** Whether a desk signed it; refuses with `other-key` or `signature`. */
export function verifyCheckpoint(head: Checkpoint, key: VerifierKey): void {
  const own = head.lines.filter((line) => line.name === key.name && line.id === key.id);
  if (head.origin !== key.name || own.length === 0) throw new Refused("other-key");
  const message = Buffer.from(head.body);
  if (!own.every((line) => verifies(key.publicKey, message, line.signature))) throw new Refused("signature");
}

/** When a witness saw the head, UTC seconds; null when it did not, or its line does not verify. */
export function seenBy(head: Checkpoint, vkey: string): number | null {
  const key = readVkey(vkey, COSIGNATURE);
  for (const line of head.lines.filter((each) => each.name === key.name && each.id === key.id)) {
    if (line.signature.length !== 72) return null;
    const at = line.signature.readBigUInt64BE(0);
    const message = Buffer.from(`cosignature/v1\ntime ${at}\n${head.body}`);
    return verifies(key.publicKey, message, line.signature.subarray(8)) ? Number(at) : null;
  }
  return null;
}

/** The root over leaves, hex. */
export function rootOf(leaves: readonly Uint8Array[]): string {
  if (leaves.length === 0) return createHash("sha256").digest("hex");
  const [first] = leaves;
  if (leaves.length === 1 && first) return leafHash(first);
  const left = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeHash(rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left)));
}

/** Whether a leaf's hash is at `index` of the tree (RFC 9162 §2.1.3.2); all hashes in hex. */
export function includes(root: string, size: number, index: number, leaf: string, proof: readonly string[]): boolean {
  if (index >= size) return false;
  let [position, last, hash] = [index, size - 1, leaf];
  for (const step of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(step, hash);
      while (position % 2 === 0 && position !== 0) [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, step);
    }
    [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
  }
  return last === 0 && hash === root;
}

function nodeHash(left: string, right: string): string {
  return createHash("sha256").update(Buffer.of(1)).update(Buffer.from(left + right, "hex")).digest("hex");
}

function readLine(line: string): { name: string; id: string; signature: Buffer } {
  const [, name = "", text = ""] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  const blob = canonicalBase64(text);
  if (!isName(name) || !blob || blob.length <= 4) throw new Refused("format");
  return { name, id: blob.subarray(0, 4).toString("hex"), signature: blob.subarray(4) };
}

function keyId(name: string, kind: number, publicKey: Uint8Array): string {
  const hash = createHash("sha256").update(`${name}\n`).update(Buffer.of(kind)).update(publicKey);
  return hash.digest("hex").slice(0, 8);
}

function isName(name: string): boolean {
  return /^[^\s\p{Cc}+]+$/u.test(name);
}

// `keys/keyring.N`: all entry keys under the epoch key (FORMATS §5).
import { type Bytes, concat, hex, same, unhex, utf8 } from "../../src/bytes";
import { open } from "../../src/sealed";
import { Refused } from "../vectors";
import { sealKey, u64be } from "./reader";

const HEAD = 4 + 16 + 8;
const RECORD = 77;

export interface Keyring {
  entries: { row: string; key: string }[];
  /** Bytes of the file up to the last good record. */
  goodLength: number;
  torn: boolean;
}

export async function readKeyring(file: Bytes, epochKey: Bytes, vault: string, n: bigint): Promise<Keyring> {
  const head = file.slice(0, HEAD);
  if (head.length < HEAD || !same(head.slice(0, 4), utf8("CKR1"))) throw new Refused("head");
  if (hex(head.slice(4, 20)) !== vault) throw new Refused("other-vault");
  if (!same(head.slice(20), u64be(n))) throw new Refused("other-epoch");
  const key = await sealKey(epochKey);
  const ctx = concat(unhex(vault), u64be(n));
  const whole = Math.floor((file.length - HEAD) / RECORD);
  const entries: Keyring["entries"] = [];
  for (let at = 0; at < whole; at++) {
    const record = file.slice(HEAD + at * RECORD, HEAD + (at + 1) * RECORD);
    const entry = await open(key, "entry", ctx, record).catch(() => null);
    if (!entry) continue;
    // What does not open before one that does was no torn append.
    if (at !== entries.length) throw new Refused("changed");
    const row = hex(entry.slice(0, 16));
    if (entries.some((each) => each.row === row)) throw new Refused("doubled");
    entries.push({ row, key: hex(entry.slice(16)) });
  }
  // A vault has at least one person, so no append can be the first: another key, or another file.
  if (whole > 0 && entries.length === 0) throw new Refused("changed");
  const goodLength = HEAD + entries.length * RECORD;
  return { entries, goodLength, torn: goodLength !== file.length };
}

// `keys/epoch`, the two-slot file (FORMATS §5).
import { type Bytes, concat, same, sha256, utf8 } from "../../src/bytes";
import { derive, open } from "../../src/sealed";
import { Refused } from "../vectors";
import { Reader, sealKey, u64be } from "./reader";

const SLOT = 4096;
const SEALED = 1 + 12 + 32 + 16;
const BODY = 4 + 16 + 8 + SEALED;

export interface Epoch {
  n: bigint;
  key: Bytes;
  /** Offset of its slot in the file. */
  at: number;
}

interface Slot {
  vault: string;
  vaultId: Bytes;
  n: bigint;
  sealed: Bytes;
  at: number;
}

export async function readEpoch(file: Bytes, deviceItem: Bytes, vault: string): Promise<Epoch> {
  if (file.length !== 2 * SLOT) throw new Refused("length");
  const slots = await Promise.all([0, SLOT].map((at) => readSlot(file.slice(at, at + SLOT), at)));
  const good = slots.filter((slot) => slot !== null).sort((a, b) => Number(b.n - a.n));
  const [newest, older] = good;
  if (!newest) throw new Refused("no-slot");
  if (older && older.n === newest.n) throw new Refused("doubled");
  if (newest.vault !== vault) throw new Refused("other-vault");
  const device = await sealKey(await derive(deviceItem, "device"));
  // Never the older slot, whatever is wrong with the newest.
  const key = await open(device, "epoch", concat(newest.vaultId, u64be(newest.n)), newest.sealed).catch(() => {
    throw new Refused("does-not-open");
  });
  return { n: newest.n, key, at: newest.at };
}

async function readSlot(slot: Bytes, at: number): Promise<Slot | null> {
  const sum = slot.slice(BODY, BODY + 32);
  if (!same(await sha256(slot.slice(0, BODY)), sum)) return null;
  const reader = new Reader(slot, "no-slot");
  if (!same(reader.take(4), utf8("CKE1"))) return null;
  const vaultId = reader.take(16);
  const vault = Buffer.from(vaultId).toString("hex");
  return { vaultId, vault, n: reader.u64(), sealed: reader.take(SEALED), at };
}

// Sealing as a stream of chunks: pad, encrypt with age, cut, hash. Memory stays at a few chunks whatever the size.
import { Encrypter } from "age-encryption";
import { type Bytes, sha256 } from "./bytes";
import { padded } from "./padding";

export interface Chunk {
  bytes: Bytes;
  hash: Bytes;
}

/** The age file of `blob` for one recipient, in chunks of `size` bytes, the last one shorter. Each call is another file. */
export async function* sealChunks(blob: Blob, recipient: string, size: number): AsyncGenerator<Chunk> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const reader = (await encrypter.encrypt(padded(blob))).getReader();
  // A chunk is hashed while the next one is encrypted.
  let before: Promise<Chunk> | null = null;
  let chunk = new Uint8Array(size);
  let used = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    for (let at = 0; at < next.value.length; ) {
      const taken = Math.min(size - used, next.value.length - at);
      chunk.set(next.value.subarray(at, at + taken), used);
      at += taken;
      used += taken;
      if (used < size) continue;
      if (before) yield await before;
      before = hashed(chunk);
      chunk = new Uint8Array(size);
      used = 0;
    }
  }
  if (before) yield await before;
  if (used > 0) yield await hashed(chunk.slice(0, used));
}

async function hashed(bytes: Bytes): Promise<Chunk> {
  return { bytes, hash: await sha256(bytes) };
}

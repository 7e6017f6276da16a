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
  let chunk = new Uint8Array(size);
  let used = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (let at = 0; at < value.length; ) {
      const taken = Math.min(size - used, value.length - at);
      chunk.set(value.subarray(at, at + taken), used);
      at += taken;
      used += taken;
      if (used === size) {
        yield { bytes: chunk, hash: await sha256(chunk) };
        chunk = new Uint8Array(size);
        used = 0;
      }
    }
  }
  if (used > 0) {
    const last = chunk.slice(0, used);
    yield { bytes: last, hash: await sha256(last) };
  }
}

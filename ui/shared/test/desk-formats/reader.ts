// Walking through bytes in the order a format names them.
import { type Bytes, hex } from "../../src/bytes";
import { Refused } from "../vectors";

export class Reader {
  readonly #bytes: Bytes;
  readonly #code: string;
  #at = 0;

  /** Refuses with `code` when bytes run out. */
  constructor(bytes: Bytes, code: string) {
    this.#bytes = bytes;
    this.#code = code;
  }

  take(length: number): Bytes {
    if (this.#at + length > this.#bytes.length) throw new Refused(this.#code);
    return this.#bytes.slice(this.#at, (this.#at += length));
  }

  hex(length: number): string {
    return hex(this.take(length));
  }

  u8(): number {
    return this.take(1)[0] ?? 0;
  }

  u32(): number {
    return new DataView(this.take(4).buffer).getUint32(0);
  }

  u64(): bigint {
    return new DataView(this.take(8).buffer).getBigUint64(0);
  }

  rest(): Bytes {
    return this.take(this.#bytes.length - this.#at);
  }

  /** Everything was read. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new Refused(this.#code);
  }
}

/** A key for `seal` and `open` from its 32 bytes. */
export function sealKey(key: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
}

export function u64be(value: bigint): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

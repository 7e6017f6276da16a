// Bytes and their spellings. Integers are unsigned big-endian (FORMATS.md).

/** Bytes in their own buffer, as Web Crypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** All parts joined, in a new buffer. */
export function concat(...parts: Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text) as Bytes;
}

/** Text from UTF-8; throws on anything that is not. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes from lower-case hex, of exactly `length` bytes when given; throws otherwise. */
export function unhex(digits: string, length?: number): Bytes {
  if (!/^([0-9a-f]{2})*$/.test(digits) || (length !== undefined && digits.length !== 2 * length)) {
    throw new Error("not the hex expected here");
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Standard base64 with padding. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Bytes from standard base64; throws on anything else. */
export function unbase64(letters: string): Bytes {
  return Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Base58 in the Bitcoin alphabet: leading zero bytes are leading ones. */
export function base58(bytes: Uint8Array): string {
  let rest = BigInt("0x0" + hex(bytes));
  let letters = "";
  for (; rest > 0n; rest /= 58n) letters = BASE58.charAt(Number(rest % 58n)) + letters;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + letters;
}

/** Bytes from base58, or null when a letter is outside the alphabet. */
export function unbase58(letters: string): Bytes | null {
  let value = 0n;
  for (const letter of letters) {
    const digit = BASE58.indexOf(letter);
    if (digit < 0) return null;
    value = value * 58n + BigInt(digit);
  }
  const zeros = /^1*/.exec(letters)?.[0].length ?? 0;
  const digits = value === 0n ? "" : value.toString(16);
  return concat(new Uint8Array(zeros), unhex(digits.length % 2 ? "0" + digits : digits));
}

export function u32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A safe integer as 8 bytes. */
export function u64(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Equal bytes. For public values: it stops at the first difference. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

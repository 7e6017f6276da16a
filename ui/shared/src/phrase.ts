// Five words that page and desk both show, to tell a genuine request (FORMATS.md §2).
import { type Bytes, concat, utf8 } from "./bytes";
import { derive } from "./sealed";

/** The first 55 bits of `derive(secret, "phrase" ‖ requestHash)` as five words of the BIP 39 English list. */
export async function phrase(secret: Bytes, requestHash: Bytes): Promise<string[]> {
  // 6 KB that hardly anybody asks for.
  const { wordlist } = await import("@scure/bip39/wordlists/english.js");
  const bits = await derive(secret, concat(utf8("phrase"), requestHash), 7);
  const number = bits.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 1n;
  return [44n, 33n, 22n, 11n, 0n].map((shift) => wordlist[Number((number >> shift) & 0x7ffn)] ?? "");
}

// The way from one round to the next: a new link inside a note (FORMATS.md §4).
import { type Bytes, concat, text, utf8 } from "./bytes";
import { deriveSealKey, open, seal } from "./sealed";

/** The next round's link. Opens only for who holds this link and submitted from this browser (`owner`). */
export async function openNext(secret: Bytes, owner: Bytes, boxId: Bytes, next: Bytes): Promise<string> {
  return text(await open(await nextKey(secret, owner), "next", boxId, next));
}

/** As the desk seals it: `sealed(derive(secret ‖ owner, "next"), "next", box id, link)`. For tests that play the desk. */
export async function sealNext(secret: Bytes, owner: Bytes, boxId: Bytes, link: string, nonce?: Bytes): Promise<Bytes> {
  return seal(await nextKey(secret, owner), "next", boxId, utf8(link), nonce);
}

function nextKey(secret: Bytes, owner: Bytes): Promise<CryptoKey> {
  return deriveSealKey(concat(secret, owner), "next");
}

// Words: what the customer says after submitting, which only a holder of the link can form (FORMATS.md §4).
import { type Bytes, concat, u32, u64, utf8 } from "./bytes";
import { mac } from "./sealed";

const NO_NOTE = 0xffff_ffff;

export type Word =
  | { kind: "withdraw" }
  | { kind: "take-back"; owner: Bytes }
  /** Yes to a longer term, until then in UTC seconds. */
  | { kind: "extend"; until: number };

/** `word ‖ HMAC-SHA-256(voice, word)`; `newestNote` is the sequence number last seen, null for none. */
export async function speak(voice: CryptoKey, boxId: Bytes, newestNote: number | null, word: Word): Promise<Bytes> {
  const said = concat(utf8("cloakroom/v1/word\0"), boxId, u32(newestNote ?? NO_NOTE), kindAndBody(word));
  return concat(said, await mac(voice, said));
}

function kindAndBody(word: Word): Bytes {
  switch (word.kind) {
    case "withdraw":
      return Uint8Array.of(0);
    case "take-back":
      return concat(Uint8Array.of(1), word.owner);
    case "extend":
      return concat(Uint8Array.of(2), u64(word.until));
  }
}

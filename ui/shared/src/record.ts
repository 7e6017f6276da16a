// The submission record and its MAC (FORMATS.md §4).
import { type Bytes, concat, sha256, u64, utf8 } from "./bytes";
import { CLASS_BYTE, type DataClass } from "./request";
import { mac } from "./sealed";

/** The slot byte of a manifest. */
export const MANIFEST = 255;

/** One age file as the record names it. */
export interface RecordPart {
  /** 16 random bytes made by this browser. */
  id: Bytes;
  class: DataClass;
  /** The slot it answers, or `MANIFEST`. */
  slot: number;
  /** Bytes of ciphertext. */
  length: number;
  digest: Bytes;
}

/** `H("cloakroom/v1/part" ‖ 00 ‖ H(chunk 0) ‖ H(chunk 1) ‖ …)`; `hashes` is the chunk hashes joined. */
export async function partDigest(hashes: Uint8Array): Promise<Bytes> {
  return sha256(concat(utf8("cloakroom/v1/part\0"), hashes));
}

/** The record's bytes. `owner` is the browser's own 32 bytes; only their hash is in it. */
export async function encodeRecord(
  boxId: Bytes,
  sealedRequest: Bytes,
  owner: Bytes,
  parts: readonly RecordPart[],
): Promise<Bytes> {
  return concat(
    utf8("cloakroom/v1/submission\0"),
    boxId,
    await sha256(sealedRequest),
    await sha256(owner),
    Uint8Array.of(parts.length),
    ...parts.map((part) =>
      concat(part.id, Uint8Array.of(CLASS_BYTE[part.class], part.slot), u64(part.length), part.digest),
    ),
  );
}

/** What is submitted: `record ‖ HMAC-SHA-256(submission-mac, record)`. */
export async function submitBody(submissionMac: CryptoKey, record: Bytes): Promise<Bytes> {
  return concat(record, await mac(submissionMac, record));
}

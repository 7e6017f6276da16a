// The manifest of one data class: what the class's items are (FORMATS.md §4). It holds no hash of any plaintext.
import { type Bytes, hex, utf8 } from "./bytes";
import type { DataClass } from "./request";

/** One item, with what a masked view may show of it. */
export interface Item {
  part: Bytes;
  slot: number;
  /** The file's name; empty for cards and text. */
  name: string;
  /** Media type. */
  type: string;
  /** Bytes of the plaintext before padding. */
  length: number;
  /** Masked; empty for what cannot be masked. */
  preview: string;
  /** What was taken out or covered before sealing. */
  covers: readonly string[];
}

const NAME_MAX = 255;

/** A file's name as a manifest takes it: at most 255 bytes of UTF-8, nothing that cannot be seen. */
export function manifestName(name: string): string {
  let kept = name.replace(/\p{C}/gu, "");
  // Whole characters go, from the front: the end tells the kind of file.
  while (utf8(kept).length > NAME_MAX) kept = kept.replace(/^./u, "");
  return kept || "file";
}

/** The manifest's JSON. It never ends in a zero byte, so its padding can be cut. */
export function encodeManifest(of: DataClass, items: readonly Item[]): Bytes {
  return utf8(
    JSON.stringify({
      v: 1,
      class: of,
      items: items.map((item) => ({
        part: hex(item.part),
        slot: item.slot,
        name: item.name,
        type: item.type,
        length: item.length,
        preview: item.preview,
        covers: item.covers,
      })),
    }),
  );
}

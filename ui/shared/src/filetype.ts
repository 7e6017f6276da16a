// What a file is, by its first bytes, never by its name.
import type { Bytes } from "./bytes";
import { Trouble } from "./trouble";

export const MEDIA_NAMES: Record<string, string> = {
  "image/jpeg": "JPEG",
  "image/png": "PNG",
  "image/webp": "WebP",
  "application/pdf": "PDF",
};

const HEIF_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif"];
/** PDF readers accept the header anywhere in the first kilobyte. */
const HEAD = 1024;

/** The media type of a file, one of `accepted`; otherwise a `Trouble` that says what it is. */
export async function checkFile(file: Blob, accepted: readonly string[]): Promise<string> {
  if (file.size === 0) throw new Trouble("empty");
  let head: Bytes;
  try {
    head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  } catch (cause) {
    // A file that went away, or that a cloud drive has not fetched yet.
    throw new Trouble("unreadable-picture", cause);
  }
  const type = mediaType(head);
  if (type === "image/heic") throw new Trouble("heic");
  if (type === null || !accepted.includes(type)) throw new Trouble("wrong-kind");
  return type;
}

/** The media type by magic bytes, or null when it is none we know. */
export function mediaType(head: Uint8Array): string | null {
  const ascii = Array.from(head, (byte) => String.fromCharCode(byte)).join("");
  if (ascii.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (ascii.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (ascii.startsWith("RIFF") && ascii.slice(8, 12) === "WEBP") return "image/webp";
  if (ascii.includes("%PDF-")) return "application/pdf";
  if (ascii.slice(4, 8) === "ftyp" && HEIF_BRANDS.includes(ascii.slice(8, 12))) return "image/heic";
  return null;
}

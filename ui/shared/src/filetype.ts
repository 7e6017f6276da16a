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
/** Where a PDF's end says how to read it, and what is looked at where that points. */
const TAIL = 4096;
const TRAILER = 65_536;

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
  if (type === "application/pdf" && (await isLocked(file))) throw new Trouble("locked-pdf");
  return type;
}

/** The media type by magic bytes, or null when it is none we know. */
export function mediaType(head: Uint8Array): string | null {
  const start = ascii(head);
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return "image/webp";
  if (start.includes("%PDF-")) return "application/pdf";
  if (start.slice(4, 8) === "ftyp" && HEIF_BRANDS.includes(start.slice(8, 12))) return "image/heic";
  return null;
}

/** True for a PDF whose trailer names an encryption dictionary (ISO 32000-1 §7.5.5, §7.5.8): it needs a password. */
async function isLocked(file: Blob): Promise<boolean> {
  const tail = await latin(file.slice(Math.max(0, file.size - TAIL)));
  // The newest cross-reference section; its trailer follows the table, or is the head of a stream.
  const from = Number(/startxref\s+(\d{1,12})\s+%%EOF\s*$/.exec(tail)?.[1] ?? NaN);
  const section = Number.isNaN(from) ? "" : await latin(file.slice(from, from + TRAILER));
  return [tail, section].some((each) => /\/Encrypt(\s+\d+\s+\d+\s+R|\s*<<)/.test(each));
}

async function latin(part: Blob): Promise<string> {
  return ascii(new Uint8Array(await part.arrayBuffer()));
}

function ascii(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

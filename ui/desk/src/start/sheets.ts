// The two recovery sheets: read once, shown, printed, forgotten.
import { readOnce } from "../ipc";

export type Sheet = { number: 1 | 2; groups: string[] };

/** Reads the sheets that wait at an address. What came is zeros afterwards; the letters live until the window ends. */
export async function readSheets(address: string): Promise<Sheet[]> {
  const bytes = await readOnce(address);
  try {
    return parseSheets(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** Parses `{"sheets":[{"number":1,"text":"XXXX XXXX …"},…]}`. Never quotes what it was given. */
export function parseSheets(bytes: Uint8Array): Sheet[] {
  const { sheets } = JSON.parse(new TextDecoder().decode(bytes)) as { sheets: { number: number; text: string }[] };
  const [one, two, ...more] = sheets;
  if (one?.number !== 1 || two?.number !== 2 || more.length > 0) throw new Error("These are not two sheets.");
  return [
    { number: 1, groups: one.text.split(" ") },
    { number: 2, groups: two.text.split(" ") },
  ];
}

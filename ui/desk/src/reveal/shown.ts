// Fetches what was revealed. It comes once, as bytes of this window, and the bytes are zeros when they have been read.
import { readOnce } from "../ipc";
import type { Shown } from "../generated";
import { parseCard, type CardView } from "./card";

export type Opened =
  | { kind: "picture"; pixels: Uint8ClampedArray<ArrayBuffer>; width: number; height: number }
  | { kind: "card"; card: CardView }
  | { kind: "text"; text: string };

export async function fetchShown(shown: Exclude<Shown, { kind: "not-viewable" }>): Promise<Opened> {
  const bytes = await readOnce(shown.address);
  if (shown.kind === "picture") {
    const { width, height } = shown;
    if (bytes.length !== width * height * 4) {
      bytes.fill(0);
      throw new Error("The picture did not arrive whole. Close this window and open it again.");
    }
    // The picture takes these very bytes, and wipes them once they are on its canvas.
    return { kind: "picture", pixels: new Uint8ClampedArray(bytes.buffer), width, height };
  }
  try {
    if (shown.kind === "card") return { kind: "card", card: parseCard(bytes) };
    return { kind: "text", text: new TextDecoder().decode(bytes) };
  } finally {
    bytes.fill(0);
  }
}

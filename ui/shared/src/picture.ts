// Pictures are drawn anew: upright, and without anything but their pixels (no EXIF, no GPS, no thumbnails).
import { Trouble } from "./trouble";

/** iOS gives up above this many pixels; an ID is legible far below it. */
const MOST_PIXELS = 16_777_216;
const QUALITY = 0.92;

/** True where pictures can be drawn in this thread. */
export function canDraw(): boolean {
  return typeof OffscreenCanvas !== "undefined" || typeof document !== "undefined";
}

/** The same picture as JPEG, PNG or WebP, one of `accepted`, of `type` if this browser can write it. */
export async function redraw(file: Blob, type: string, accepted: readonly string[]): Promise<Blob> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (cause) {
    throw new Trouble("unreadable-picture", cause);
  }
  try {
    const shrink = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
    const width = Math.max(1, Math.floor(bitmap.width * shrink));
    const height = Math.max(1, Math.floor(bitmap.height * shrink));
    return await draw(bitmap, width, height, type, accepted);
  } finally {
    bitmap.close();
  }
}

async function draw(
  bitmap: ImageBitmap,
  width: number,
  height: number,
  type: string,
  accepted: readonly string[],
): Promise<Blob> {
  const canvas = makeCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: type !== "image/jpeg" }) as
    | CanvasRenderingContext2D
    | OffscreenCanvasRenderingContext2D
    | null;
  if (!context) throw new Trouble("unreadable-picture");
  demandHonestPixels(context, width, height);
  context.clearRect(0, 0, width, height);
  if (type === "image/jpeg") {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  const drawn = await encode(canvas, type);
  if (drawn && accepted.includes(drawn.type)) return drawn;
  // Safari writes no WebP and answers in PNG.
  const jpeg = await encode(canvas, "image/jpeg");
  if (!jpeg || !accepted.includes(jpeg.type)) throw new Trouble("unreadable-picture");
  return jpeg;
}

/** A canvas beyond a limit stays blank, and some privacy settings answer noise: both show in one corner pixel. */
function demandHonestPixels(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
): void {
  context.fillStyle = "#1f7ac4";
  context.fillRect(width - 1, height - 1, 1, 1);
  const [red, green, blue] = context.getImageData(width - 1, height - 1, 1, 1).data;
  const near = (seen: number | undefined, drawn: number) => Math.abs((seen ?? -99) - drawn) <= 2;
  if (!near(red, 0x1f) || !near(green, 0x7a) || !near(blue, 0xc4)) throw new Trouble("canvas-blocked");
}

function makeCanvas(width: number, height: number): OffscreenCanvas | HTMLCanvasElement {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

function encode(canvas: OffscreenCanvas | HTMLCanvasElement, type: string): Promise<Blob | null> {
  if ("convertToBlob" in canvas) return canvas.convertToBlob({ type, quality: QUALITY });
  return new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
}

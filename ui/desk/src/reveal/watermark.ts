// Who looks, and when, across what they see: a photo of the screen says whose screen it was.
import type { Point, Size } from "./viewport";

/** Draws `text` again and again, slanted, over one part of a canvas that covers `room` at `ratio` device pixels. */
export function drawWatermark(canvas: HTMLCanvasElement, text: string, area: Size & Point, room: Size, ratio: number): void {
  canvas.width = Math.round(room.width * ratio);
  canvas.height = Math.round(room.height * ratio);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(ratio, ratio);
  pen.beginPath();
  pen.rect(area.x, area.y, area.width, area.height);
  pen.clip();
  pen.font = '600 15px system-ui, "Segoe UI", Cantarell, "Noto Sans", sans-serif';
  // Dark letters with a light edge: seen on light and on dark parts, and both can be read through.
  pen.fillStyle = "rgb(0 0 0 / 0.2)";
  pen.strokeStyle = "rgb(255 255 255 / 0.16)";
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.translate(room.width / 2, room.height / 2);
  pen.rotate(-Math.PI / 7);
  const across = pen.measureText(text).width + 72;
  const down = 104;
  const reach = Math.hypot(room.width, room.height) / 2;
  for (let row = -Math.ceil(reach / down); row * down <= reach; row += 1) {
    // Every other row starts half a text later, so that no straight gap is left.
    const shift = row % 2 === 0 ? 0 : across / 2;
    for (let x = -Math.ceil(reach / across) * across - shift; x <= reach; x += across) {
      pen.strokeText(text, x, row * down);
      pen.fillText(text, x, row * down);
    }
  }
}

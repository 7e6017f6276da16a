// Pictures and papers to give, made anew for each test.
import { launch } from "./chromium.mjs";

/** Texts that are in a photo's metadata and must not leave the phone. */
export const METADATA = ["SecretCam 9000", "GPSMARK"];

/** A JPEG of red, green, blue and white quarters (reading order), with camera, GPS and orientation in its EXIF. */
export async function photo(width, height, orientation) {
  const jpeg = await inPage(quarters, { width, height, type: "image/jpeg" });
  const exif = exifSegment(orientation);
  return Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
}

/** A PNG of the same quarters, with a text chunk. */
export async function drawing(width, height) {
  const png = await inPage(quarters, { width, height, type: "image/png" });
  const data = Buffer.from(`Comment\0${METADATA[1]}`);
  const chunk = Buffer.concat([u32(data.length), Buffer.from("tEXt"), data, u32(crc32(Buffer.concat([Buffer.from("tEXt"), data])))]);
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

/** Size, and the colour in the middle of each quarter in reading order, of a picture as any viewer shows it. */
export function lookAt(bytes) {
  return inPage(seen, { base64: bytes.toString("base64") });
}

/** A PDF of `pages` empty pages. */
export function paper(pages) {
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Count ${pages} /Kids [${Array.from({ length: pages }, (_, i) => `${i + 3} 0 R`).join(" ")}] >>`,
    ...Array.from({ length: pages }, () => "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"),
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((body, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj\n${body}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  const start = text.length;
  text += `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text);
}

async function inPage(act, argument) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const result = await page.evaluate(act, argument);
    return typeof result === "string" ? Buffer.from(result, "base64") : result;
  } finally {
    await browser.close();
  }
}

/** Runs in a page. */
async function quarters({ width, height, type }) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  ["#ff0000", "#00ff00", "#0000ff", "#ffffff"].forEach((colour, i) => {
    context.fillStyle = colour;
    context.fillRect((i % 2) * (width / 2), Math.floor(i / 2) * (height / 2), width / 2, height / 2);
  });
  const blob = await canvas.convertToBlob({ type, quality: 0.9 });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** Runs in a page. */
async function seen({ base64 }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]));
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const middle = (column, row) => {
    const x = Math.floor((width * (1 + 2 * column)) / 4);
    const y = Math.floor((height * (1 + 2 * row)) / 4);
    const [r, g, b] = context.getImageData(x, y, 1, 1).data;
    if (r > 200 && g > 200 && b > 200) return "white";
    return r > 200 ? "red" : g > 200 ? "green" : b > 200 ? "blue" : "other";
  };
  return { width, height, colours: [middle(0, 0), middle(1, 0), middle(0, 1), middle(1, 1)] };
}

/** APP1 with camera model, orientation and a GPS position, in little-endian TIFF (Exif 2.32 §4.5). */
function exifSegment(orientation) {
  const model = Buffer.from(`${METADATA[0]}\0`);
  const area = Buffer.from(`${METADATA[1]}\0`);
  const entry = (tag, type, count, value) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.writeUInt32LE(count, 4);
    bytes.writeUInt32LE(value, 8);
    return bytes;
  };
  const count = (n) => Buffer.from([n, 0]);
  const end = Buffer.alloc(4);
  const modelAt = 8 + 2 + 3 * 12 + 4;
  const gpsAt = modelAt + model.length;
  const areaAt = gpsAt + 2 + 2 * 12 + 4;
  const tiff = Buffer.concat([
    Buffer.from("II*\0\x08\0\0\0", "latin1"),
    count(3),
    entry(0x0110, 2, model.length, modelAt),
    entry(0x0112, 3, 1, orientation),
    entry(0x8825, 4, 1, gpsAt),
    end,
    model,
    count(2),
    entry(0x0001, 2, 2, 0x4e),
    entry(0x001c, 7, area.length, areaAt),
    end,
    area,
  ]);
  const body = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length + 2);
  return Buffer.concat([Buffer.from([0xff, 0xe1]), length, body]);
}

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** CRC of a PNG chunk (PNG, annex D). */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

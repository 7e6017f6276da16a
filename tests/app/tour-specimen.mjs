// An identity card of nobody, as a phone would photograph it: drawn, and marked as a specimen.
/* global OffscreenCanvas -- in the page that draws */
import { launch } from "../browser/chromium.mjs";

/** A JPEG of 1800 × 1200 pixels. */
export async function specimen() {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    return Buffer.from(await page.evaluate(draw), "base64");
  } finally {
    await browser.close();
  }
}

/** Runs in a page. */
async function draw() {
  const canvas = new OffscreenCanvas(1800, 1200);
  const pen = canvas.getContext("2d");
  const shade = (from, to, x, y, width, height) => {
    const colours = pen.createLinearGradient(x, y, x + width, y + height);
    colours.addColorStop(0, from);
    colours.addColorStop(1, to);
    return colours;
  };
  // A table, and on it the card with its shadow.
  pen.fillStyle = shade("#7a5a41", "#5d422f", 0, 0, 1800, 1200);
  pen.fillRect(0, 0, 1800, 1200);
  for (let line = 0; line < 90; line++) {
    pen.strokeStyle = `rgb(0 0 0 / ${0.03 + (line % 5) * 0.012})`;
    pen.lineWidth = 1 + (line % 3);
    pen.beginPath();
    pen.moveTo(0, line * 14);
    pen.bezierCurveTo(600, line * 14 + ((line * 7) % 23), 1200, line * 14 - ((line * 5) % 19), 1800, line * 14);
    pen.stroke();
  }
  pen.translate(900, 600);
  pen.rotate(-0.02);
  pen.translate(-760, -480);
  pen.shadowColor = "rgb(0 0 0 / 0.5)";
  pen.shadowBlur = 50;
  pen.shadowOffsetY = 18;
  pen.fillStyle = shade("#e7eef0", "#cfdfdc", 0, 0, 1520, 960);
  pen.beginPath();
  pen.roundRect(0, 0, 1520, 960, 56);
  pen.fill();
  pen.shadowColor = "transparent";
  pen.save();
  pen.clip();
  // Fine lines, as such cards have.
  pen.lineWidth = 1.5;
  for (let ring = 0; ring < 46; ring++) {
    pen.strokeStyle = ring % 2 ? "rgb(40 110 120 / 0.16)" : "rgb(150 90 130 / 0.13)";
    pen.beginPath();
    pen.ellipse(1080, 520, 40 + ring * 26, 30 + ring * 15, 0.5, 0, 7);
    pen.stroke();
  }
  pen.fillStyle = "#1d4f5a";
  pen.fillRect(0, 0, 1520, 132);
  pen.restore();
  const write = (text, x, y, font, colour = "#15272c") => {
    pen.font = font;
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  };
  write("UTOPIA", 60, 88, "700 58px sans-serif", "#ffffff");
  write("IDENTITY CARD", 330, 86, "400 44px sans-serif", "#d5e6e8");
  write("SPECIMEN", 1180, 86, "700 52px sans-serif", "#ffd98a");
  // Nobody's face.
  pen.fillStyle = shade("#b9cbd0", "#8fa8af", 60, 190, 400, 520);
  pen.beginPath();
  pen.roundRect(60, 190, 400, 520, 14);
  pen.fill();
  pen.save();
  pen.clip();
  pen.fillStyle = "#5b717a";
  pen.beginPath();
  pen.ellipse(260, 740, 210, 200, 0, 0, 7);
  pen.fill();
  pen.fillStyle = "#6d848d";
  pen.beginPath();
  pen.ellipse(260, 410, 104, 132, 0, 0, 7);
  pen.fill();
  pen.restore();
  const rows = [
    ["Surname", "EXAMPLE"],
    ["Given names", "ADA MARIA"],
    ["Nationality", "UTOPIAN"],
    ["Date of birth", "09 MAR 1990"],
    ["Document number", "X00T47112"],
    ["Date of expiry", "08 MAR 2031"],
  ];
  rows.forEach(([name, value], index) => {
    const [x, y] = [520 + (index % 2) * 500, 230 + Math.floor(index / 2) * 172];
    write(name, x, y, "400 27px sans-serif", "#47636a");
    write(value, x, y + 54, "600 46px sans-serif");
  });
  pen.fillStyle = "rgb(255 255 255 / 0.55)";
  pen.fillRect(0, 760, 1520, 150);
  write("IDUTOX00T47112<<<<<<<<<<<<<<<", 60, 820, "500 50px monospace");
  write("9003094F3103087UTO<<<<<<<<<<<4", 60, 886, "500 50px monospace");
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.86 });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

// The system's Chromium, found on PATH, with an empty profile. Nothing is downloaded.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function findChromium() {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const found = NAMES.map((name) => join(folder, name)).find(existsSync);
    if (found) return found;
  }
  throw new Error("Chromium was not found on PATH. Install the package chromium.");
}

/** Beside the system's authorities, a test may name one server key that is trusted: its SHA-256 in base64. */
export function launch() {
  const key = process.env.CLOAKROOM_TRUSTED_KEY;
  const trusted = key ? [`--ignore-certificate-errors-spki-list=${key}`] : [];
  return chromium.launch({ executablePath: findChromium(), headless: true, args: [...FLAGS, ...trusted] });
}

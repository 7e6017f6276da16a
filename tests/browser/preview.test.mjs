// The desk's preview: the real page for a request without a link. It shows, and does nothing else.
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer } from "vite";
import { launch } from "./chromium.mjs";
import { CARD, ID_DOCUMENT } from "./desk.mjs";

const root = fileURLToPath(new URL("../../ui/drop/", import.meta.url));
const PAGE = `<!doctype html><html lang="en"><title>Preview</title><body></body>
<script type="module">import { showPreview } from "/src/preview.ts"; import "/src/page.css"; globalThis.showPreview = showPreview;</script></html>`;
const REQUEST = {
  v: 1,
  company: "Hotel Adler",
  colour: "#c8102e",
  agent: "Mira",
  ticket: "#4821",
  purpose: "Check-in on 3 December",
  slots: [ID_DOCUMENT, CARD, { slot: 2, kind: "text", class: "general", label: "Booking number", max: 20 }],
  seen_by: ["the front desk"],
  retention: [{ class: "identity", rule: "72 hours after the ticket closes", until: 2_000_000_000 }],
  help: { name: "Hotel Adler", phone: "+43 1 555 0100", email: null, web: null },
  language: "en",
  limits: { bytes: 220_000_000, parts: 20 },
  opened: 1_900_000_000,
  expires: 1_900_604_800,
  recipients: [],
  ledger_key: "",
  notice: { version: "1", hash: "" },
};
let server;
let browser;

beforeAll(async () => {
  server = await createServer({ root, logLevel: "error", server: { port: 0, host: "127.0.0.1", hmr: false } });
  await server.listen();
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

test("everything is shown, fields can be tried, nothing is sent, kept or opened", async () => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  page.setDefaultTimeout(60_000);
  const { port } = server.httpServer.address();
  const origin = `http://127.0.0.1:${port}`;
  await page.route("**/preview-test", (route) => route.fulfill({ contentType: "text/html", body: PAGE }));
  await page.goto(`${origin}/preview-test`);
  await page.waitForFunction(() => globalThis.showPreview, null, { timeout: 60_000 });
  await page.evaluate((request) => globalThis.showPreview(document.body, request), REQUEST);
  // Again, as somebody types: in place of what was there.
  await page.evaluate((request) => globalThis.showPreview(document.body, request), { ...REQUEST, agent: "Ali" });
  const later = [];
  page.on("request", (request) => later.push(request.url()));
  page.on("filechooser", () => later.push("file chooser"));
  expect(await page.getByRole("heading", { level: 1 }).allInnerTexts()).toEqual([
    "Hotel Adler asks you for your ID document, your payment card and your booking number",
  ]);
  await page.getByText("How to check that this is genuine").click();
  expect(await page.getByText("shown once the link exists").count()).toBe(2);
  expect(await page.getByText("Ali").count()).toBeGreaterThan(0);

  await page.getByLabel("Card number").fill("4111111111111112");
  await page.getByLabel("Card number").blur();
  await page.getByText("One digit seems to be wrong.").waitFor();
  await page.getByLabel("Card number").fill("4111111111111111");
  await page.getByLabel("Expiry month").fill("3");
  await page.getByLabel("Expiry year").fill("2099");
  await page.getByLabel("Name on card").fill("Ada Example");
  await page.getByLabel("Name on card").blur();
  for (const name of ["Take photo", "Choose file"]) await page.locator("label", { hasText: name }).click();
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("link").click();
  await page.waitForTimeout(300);
  expect(later).toEqual([]);
  expect(page.url()).toBe(`${origin}/preview-test`);
  expect(await page.getByText("There is a problem").count()).toBe(0);
  expect(await page.evaluate(async () => [sessionStorage.length, localStorage.length, (await indexedDB.databases()).length])).toEqual([0, 0, 0]);
});

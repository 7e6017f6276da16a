// Every state of the page before axe-core, light and dark, on a phone and on a desktop: nothing to complain of.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { linkCode } from "../../ui/shared/src/link.ts";
import { CARD, ID_DOCUMENT, junk, openBox } from "./desk.mjs";
import { paper } from "./pictures.mjs";
import { scene } from "./scene.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const NOTE = { slot: 2, kind: "text", class: "general", label: "Booking number", max: 20 };
const LATER = 2_000_000_000;
let on;

beforeAll(async () => {
  on = await scene();
});
afterAll(() => on.stop());
beforeEach(() => on.act("new_context"));

/** What axe-core finds, on both sizes and in both colour schemes. */
async function clean(state) {
  const page = on.customer.page();
  for (const colorScheme of ["light", "dark"]) {
    for (const [width, height] of [[390, 844], [1280, 800]]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      expect(found, `${state}, ${colorScheme}, ${width} px`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${state} fits`).toBe(true);
    }
  }
}

test("asked, refused, ready, sending, paused", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD, NOTE], { chunkSize: 65_536 });
  await on.act("open", { url: box.link });
  await clean("asked");
  const page = on.customer.page();
  await page.getByText("How to check that this is genuine").click();
  await page.locator(".phrase", { hasText: /^(\w+ ){4}\w+$/ }).waitFor();
  await clean("how to check");
  const empty = on.act("give_file", { slot: "ID document", path: on.file("empty.pdf", Buffer.alloc(0)) });
  await expect(empty).rejects.toThrow("empty");
  await page.getByLabel("Card number").fill("4111111111111112");
  await on.act("send");
  await on.act("wait_status", { contains: "There is a problem" });
  await clean("refused");
  await page.getByRole("button", { name: "Remove empty.pdf" }).click();
  const bytes = Buffer.concat([Buffer.from("%PDF-1.7\n"), junk(10 * 65_536)]);
  await on.act("give_file", { slot: "ID document", path: on.file("letter.pdf", bytes) });
  await on.act("give_card", { number: "4111111111111111", month: "3", year: "2099", holder: "Ada Example" });
  await on.act("fill", { label: "Booking number", value: "HA-1" });
  // An answer is encrypted once its line is left.
  await page.locator(":focus").blur();
  for (const contains of ["Clear the card", "Clear the answer"]) await on.act("wait_text", { contains });
  await clean("ready");
  await on.act("reload");
  await on.act("wait_text", { contains: "411111••••••1111" });
  await clean("ready after a reload");
  await on.act("cut_after", { requests: 5 });
  await on.act("send");
  await on.act("wait_status", { contains: "There is no connection." });
  await clean("sending");
  await on.act("click", { role: "button", name: "Pause" });
  await on.act("wait_status", { contains: "Paused." });
  await clean("paused");
});

test("sent, received, partly deleted, asked to delete, deleted", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD]);
  await on.act("open", { url: box.link });
  await on.act("give_file", { slot: "ID document", path: on.file("letter.pdf", paper(1)) });
  await on.act("give_card", { number: "4111111111111111", month: "3", year: "2099", holder: "Ada Example" });
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
  await clean("sent");
  await box.note({ kind: "received", reference: "R-1" });
  await box.note({ kind: "opened", class: "payment", reason: "charge-card" });
  await box.note({ kind: "deleted", classes: ["payment"], certificate: "C-1", method: "P", checkpoint: null });
  await on.act("wait_status", { contains: "still kept" });
  await clean("partly deleted");
  await on.act("click", { role: "button", name: "Delete my data now" });
  await on.act("click", { role: "button", name: "Yes, do it" });
  await clean("asked to delete");
  await box.note({ kind: "closing", due: LATER });
  await box.note({ kind: "deleted", classes: ["identity"], certificate: "C-2", method: "R", checkpoint: null });
  await on.act("wait_status", { contains: "C-2" });
  await clean("deleted");
});

test("asked once more, a longer term, taken in another way", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD]);
  const next = await openBox(on.relay, [ID_DOCUMENT]);
  await box.note({ kind: "taken", classes: ["payment"], reference: "R-8", apart: true, until: LATER });
  await on.act("open", { url: box.link });
  await on.act("wait_text", { contains: "by another way already" });
  await clean("taken in beside it");
  await box.end("revoked");
  await box.note({ kind: "asked-again", reason: "blurry", slots: [0], next: next.link });
  await on.act("wait_text", { contains: "too blurry" });
  await clean("asked once more");
  await box.note({ kind: "offered", class: "payment", until: LATER });
  await on.act("click", { role: "button", name: "Yes, keep it longer" });
  await clean("a longer term");
  await box.note({ kind: "taken-deleted", classes: ["payment"], certificate: "C-3" });
  await on.act("wait_status", { contains: "C-3" });
  await clean("what came by another way is deleted");
});

test("links that lead nowhere, and a page that was not loaded safely", async () => {
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link.slice(0, -1) });
  await clean("damaged");
  await on.act("open", { url: `${on.relay.origin}/#${await linkCode(box.secret.map((byte) => byte ^ 1))}` });
  await on.act("wait_status", { contains: "does not lead anywhere" });
  await clean("dead");
  await on.customer.context.addInitScript(() => Object.defineProperty(window, "isSecureContext", { value: false }));
  await on.act("open", { url: box.link });
  await on.act("wait_status", { contains: "not loaded over a secure connection" });
  await clean("insecure");
});

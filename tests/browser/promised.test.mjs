// What is promised and what became of it: dates only where they are true, and nothing said twice.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CARD, ID_DOCUMENT, openBox } from "./desk.mjs";
import { paper } from "./pictures.mjs";
import { scene } from "./scene.mjs";

const LATER = 2_000_000_000;
let on;

beforeAll(async () => {
  on = await scene();
});
afterAll(() => on.stop());
beforeEach(() => on.act("new_context"));

async function asked() {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD]);
  await on.act("open", { url: box.link });
  return box;
}

async function send() {
  await on.act("give_file", { slot: "ID document", path: on.file("letter.pdf", paper(1)) });
  await on.act("give_card", { number: "4111111111111111", month: "3", year: "2099", holder: "Ada Example" });
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
}

/** What the page says under "Deleted". */
const promised = () => on.customer.page().locator("dt", { hasText: "Deleted" }).locator("xpath=following-sibling::dd[1]").allInnerTexts();

test("what is promised stands with its date before sending, by its rule after, and not at all once it was kept", async () => {
  const box = await asked();
  const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
  const until = date.format(box.request.retention[0].until * 1000);
  expect((await promised()).join()).toContain(`if you send on the last day, at the latest on ${until}`);
  await send();
  await box.note({ kind: "received", reference: "R-1" });
  await on.act("wait_status", { contains: "R-1" });
  expect((await on.act("text")).text).not.toContain(until);
  expect((await promised()).join()).toContain("72 hours after the ticket closes");
  await box.note({ kind: "deleted", classes: ["payment"], certificate: "C-1", method: "B", checkpoint: null });
  await on.act("wait_status", { contains: "It can no longer be opened. How it was destroyed is in the certificate. The rest is still kept." });
  expect((await promised()).join()).toContain(`Payment card: deleted on ${date.format(Date.now())}`);
  await box.note({ kind: "deleted", classes: ["identity"], certificate: "C-2", method: "B", checkpoint: null });
  await on.act("wait_status", { contains: "C-2" });
  expect(await promised()).toEqual([]);
});

test("a ticket that closes with two things: the date is the first one's, and goes with it", async () => {
  const box = await asked();
  await send();
  await box.note({ kind: "received", reference: "R-1" });
  await box.note({ kind: "closing", due: LATER });
  await on.act("wait_status", { contains: "Deletion begins on 18 May 2033" });
  await box.note({ kind: "deleted", classes: ["payment"], certificate: "C-1", method: "B", checkpoint: null });
  await on.act("wait_status", { contains: "still kept" });
  const { text } = await on.act("text");
  expect(text).not.toContain("2033");
  expect(text).toContain("ID document will be deleted: 72 hours after the ticket closes.");
  await box.note({ kind: "closing", due: LATER });
  await on.act("wait_status", { contains: "Your ID document will be deleted on 18 May 2033" });
});

test("looks that follow one another are one line for each thing; a device's slow clock puts none of them into the future", async () => {
  const box = await asked();
  await send();
  const at = Math.floor(Date.now() / 1000) + 3 * 86_400;
  const look = (what, reason, later) => box.note({ kind: "opened", class: what, reason, at: at + later });
  await box.note({ kind: "received", reference: "R-1", at });
  await look("identity", "verify-identity", 60);
  await look("payment", "charge-card", 120);
  await look("identity", "verify-identity", 180);
  await look("identity", "verify-identity", 240);
  await box.note({ kind: "reopened", at: at + 300 });
  await look("identity", "verify-identity", 360);
  await on.act("wait_status", { contains: "Opened on" });
  await expect.poll(() => on.customer.page().locator("li.opened").count()).toBe(3);
  const lines = await on.customer.page().locator("li.opened").allInnerTexts();
  expect(lines[0]).toMatch(/Opened 3 times, the last on \d+ \w+ \d+, \d\d:\d\d [^:]+: ID document, to verify who you are\./);
  expect(lines[1]).toContain("Opened: Payment card, to charge your card.");
  expect(lines[2]).toContain("Opened: ID document, to verify who you are.");
  expect(await on.customer.page().locator(".timeline").innerText()).not.toMatch(/\(in |tomorrow/);
});

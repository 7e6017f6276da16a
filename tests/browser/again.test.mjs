// Asked once more, taken in another way, a longer term: what few customers see, on the page they have.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { hex } from "../../ui/shared/src/bytes.ts";
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

async function sent(slots = [ID_DOCUMENT]) {
  const box = await openBox(on.relay, slots);
  await on.act("open", { url: box.link });
  await on.act("give_file", { slot: "ID document", path: on.file("letter.pdf", paper(1)) });
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
  await box.note({ kind: "received", reference: "R-1" });
  await on.act("wait_status", { contains: "R-1" });
  return box;
}

const asked = (box, next, more = {}) =>
  box.note({ kind: "asked-again", reason: "blurry", slots: [0], next: next.link, ...more });

test("asked once more: why, in plain words, and one button that leads to the next round in this tab", async () => {
  const box = await sent();
  const next = await openBox(on.relay, [ID_DOCUMENT]);
  await asked(box, next);
  await on.act("wait_status", { contains: "Hotel Adler asks you once more for your ID document. It was too blurry to read." });
  await on.act("reload");
  await on.act("wait_text", { contains: "It was too blurry to read." });
  await on.act("click", { role: "button", name: "Go on to the new request" });
  await on.act("give_file", { slot: "ID document", path: on.file("sharper.pdf", paper(2)) });
  expect((await on.act("url")).url).toBe(`${on.relay.origin}/`);
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
  expect((await next.items())[0].name).toBe("sharper.pdf");
  // The first link still leads there: the page of the first round is where it was.
  await on.act("open", { url: box.link });
  await on.act("wait_text", { contains: "Go on to the new request" });
});

test("another device with the same link is led on as well: nobody has to have sent from there", async () => {
  const box = await sent();
  const next = await openBox(on.relay, [ID_DOCUMENT]);
  await asked(box, next, { reason: null });
  await on.act("new_context");
  await on.act("open", { url: box.link });
  await on.act("click", { role: "button", name: "Go on to the new request" });
  await on.act("wait_text", { contains: "Hotel Adler asks you for your ID document" });
});

test("a chain of rounds, and a dead one at its end that says so", async () => {
  const box = await sent();
  const second = await openBox(on.relay, [ID_DOCUMENT]);
  await asked(box, second);
  const third = await openBox(on.relay, [ID_DOCUMENT]);
  await second.end("revoked");
  await second.note({ kind: "revoked" });
  await asked(second, third, { reason: "glare" });
  await third.end("revoked");
  await third.note({ kind: "revoked" });
  await on.act("click", { role: "button", name: "Go on to the new request" });
  await on.act("wait_status", { contains: "Light on it hid a part." });
  const { text } = await on.act("text");
  expect(text).not.toContain("confirms that it arrived");
  await on.act("click", { role: "button", name: "Go on to the new request" });
  await on.act("wait_status", { contains: "This request was withdrawn." });
});

test("what was sent before and is destroyed then: the way on stays", async () => {
  const box = await sent();
  const next = await openBox(on.relay, [ID_DOCUMENT]);
  await asked(box, next, { reason: "expired" });
  await box.end("purged");
  await box.note({ kind: "deleted", classes: ["identity"], certificate: "C-1", method: "P", checkpoint: null });
  await on.act("wait_status", { contains: "Certificate C-1" });
  await on.act("wait_text", { contains: "It had expired." });
  await on.act("click", { role: "button", name: "Go on to the new request" });
  await on.act("wait_text", { contains: "Hotel Adler asks you for your ID document" });
});

test("a reason of a later version is passed over, not shown as a code", async () => {
  const box = await sent();
  await asked(box, await openBox(on.relay, [ID_DOCUMENT]), { reason: "upside-down" });
  await on.act("wait_status", { contains: "asks you once more" });
  expect((await on.act("text")).text).not.toContain("upside");
});

test("the agent took it in: the page says so, takes nothing more, and offers deletion", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT]);
  await on.act("open", { url: box.link });
  await on.act("wait_text", { contains: "Hotel Adler asks you" });
  await box.end("revoked");
  await box.note({ kind: "taken", classes: ["identity"], reference: "R-7", apart: false, until: LATER });
  await on.act("wait_status", { contains: "Hotel Adler has your ID document by another way." });
  const { text } = await on.act("text");
  expect(text).toContain("R-7");
  expect(text).not.toContain("Take back and replace");
  await on.act("click", { role: "button", name: "Delete my data now" });
  await on.act("fill", { label: "Ticket reference", value: "#4821" });
  await on.act("click", { role: "button", name: "Yes, do it" });
  await on.act("wait_status", { contains: "You asked for this" });
  expect(await box.words()).toHaveLength(1);
});

test("taken in beside a link that waits: said above the form, and gone when it is gone", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD]);
  await box.note({ kind: "taken", classes: ["payment"], reference: "R-8", apart: true, until: LATER });
  await on.act("open", { url: box.link });
  await on.act("wait_text", { contains: "Hotel Adler has your payment card by another way already." });
});

test("a longer term: offered with its date, agreed to by the ticket's reference, one word", async () => {
  const box = await sent();
  await box.note({ kind: "offered", class: "identity", until: LATER });
  await on.act("wait_status", { contains: "May your ID document be kept until" });
  await on.act("click", { role: "button", name: "Yes, keep it longer" });
  await on.act("fill", { label: "Ticket reference", value: "#4821" });
  await on.act("click", { role: "button", name: "Yes, do it" });
  await on.act("wait_status", { contains: "You said yes" });
  const [word, ...more] = await box.words();
  expect(more).toEqual([]);
  const head = 18 + 16 + 4;
  expect(hex(word.slice(head, head + 9))).toBe(`02${LATER.toString(16).padStart(16, "0")}`);
  await box.note({ kind: "extended", class: "identity", until: LATER });
  await on.act("wait_status", { contains: "Kept longer, as you agreed" });
  expect((await on.act("text")).text).not.toContain("Yes, keep it longer");
});

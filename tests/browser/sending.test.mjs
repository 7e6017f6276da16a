// From link to receipt: what arrives, and what stays behind.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CARD, ID_DOCUMENT, openBox } from "./desk.mjs";
import { drawing, lookAt, METADATA, paper, photo } from "./pictures.mjs";
import { scene } from "./scene.mjs";

const NUMBER = "4111111111111111";
let on;
let upright;

beforeAll(async () => {
  on = await scene();
  upright = await photo(4000, 3000, 6);
});
afterAll(() => on.stop());
beforeEach(() => on.act("new_context"));

test("an ID and a card arrive: upright, without metadata, sealed for stock age, nothing left or leaked", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD]);
  const pdf = paper(3);
  await on.act("open", { url: box.link });
  await on.act("give_file", { slot: "ID document", path: on.file("passport.jpg", upright) });
  await on.act("give_file", { slot: "ID document", path: on.file("letter.pdf", pdf) });
  await on.act("give_card", { number: "4111 1111-1111 1111", month: "3", year: "2099", holder: "Ada Example" });

  // Before sending, nothing readable lies in the browser.
  await on.act("wait_text", { contains: "Clear the card" });
  const secrets = [NUMBER, "Ada Example", "passport.jpg", "letter.pdf", "%PDF-", "JFIF", ...METADATA];
  const before = await on.act("storage", { find: secrets });
  expect(before.found).toEqual([]);
  expect(before.indexeddb.cloakroom.drafts.length).toBeGreaterThan(5);

  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });

  const items = await box.items();
  const of = (name) => items.find((item) => item.name === name);
  expect(items.length).toBe(3);
  const picture = of("passport.jpg");
  expect(picture.type).toBe("image/jpeg");
  expect(picture.covers).toEqual(["metadata"]);
  // Orientation 6 means: turn a quarter clockwise.
  expect(await lookAt(picture.bytes)).toEqual({ width: 3000, height: 4000, colours: ["blue", "red", "white", "green"] });
  for (const mark of [...METADATA, "Exif"]) expect(picture.bytes.includes(mark)).toBe(false);
  expect(of("letter.pdf").bytes.equals(pdf)).toBe(true);
  expect(of("letter.pdf").padded).toBe(4096);
  const card = of("");
  expect(card.preview).toBe("411111••••••1111");
  expect(JSON.parse(card.bytes.toString())).toEqual({ number: NUMBER, month: 3, year: 2099, holder: "Ada Example" });

  await box.collected();
  await box.note({ kind: "received", reference: "R-1" });
  await on.act("reload");
  await on.act("wait_status", { contains: "R-1" });
  // The receipt: the drafts are gone, the owner bytes stay, sealed, for taking back.
  const after = await on.act("storage", { find: secrets });
  expect(after.found).toEqual([]);
  expect(after.indexeddb.cloakroom.drafts.map(({ key }) => key)).toEqual([JSON.stringify([box.id, "kept", "owner"])]);
  expect(Object.keys(after.session)).toEqual(["cloakroom-link"]);
  expect([after.local, after.caches]).toEqual([{}, []]);

  const { requests } = await on.act("requests");
  const hidden = [box.code, box.keys.uploadToken, Buffer.from(box.secret).toString("hex")];
  for (const { url, headers } of requests) {
    for (const each of hidden) expect(new URL(url).href.split("#")[0] + JSON.stringify(headers)).not.toContain(each);
  }
  expect(requests.length).toBeGreaterThan(10);
  expect((await on.act("url")).url).toBe(`${on.relay.origin}/`);
  expect((await on.act("console")).messages).toEqual([]);
});

test("a violation of the policy would be seen", async () => {
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link });
  await on.customer.page().evaluate(() => fetch("http://127.0.0.1:9/").catch(() => undefined));
  await expect.poll(async () => (await on.act("console")).messages.join()).toContain("csp: connect-src");
  const markup = () => document.createElement("p").setHTMLUnsafe("<i>no</i>");
  await expect(on.customer.page().evaluate(markup)).rejects.toThrow("TrustedHTML");
});

test("a PNG is drawn anew as well, and stays a PNG", async () => {
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link });
  await on.act("give_file", { slot: "ID document", path: on.file("scan.png", await drawing(400, 300)) });
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
  const [item] = await box.items();
  expect(item.type).toBe("image/png");
  expect(item.bytes.includes(METADATA[1])).toBe(false);
  expect(await lookAt(item.bytes)).toEqual({ width: 400, height: 300, colours: ["red", "green", "blue", "white"] });
});

test("a picture beyond what phones can draw arrives smaller, in its shape", async () => {
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link });
  await on.act("give_file", { slot: "ID document", path: on.file("huge.jpg", await photo(6000, 4000, 1)) });
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
  const [item] = await box.items();
  const { width, height, colours } = await lookAt(item.bytes);
  expect(width * height).toBeLessThanOrEqual(16_777_216);
  expect(width / height).toBeCloseTo(1.5, 2);
  expect(colours).toEqual(["red", "green", "blue", "white"]);
});

test("files that were not asked for are refused in words, next to the field", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD], { bytes: 1_000_000 });
  await on.act("open", { url: box.link });
  const give = (name, bytes) => on.act("give_file", { slot: "ID document", path: on.file(name, bytes) });
  await expect(give("empty.jpg", Buffer.alloc(0))).rejects.toThrow("This file is empty.");
  await expect(give("photo.heic", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0"))).rejects.toThrow("HEIC");
  await expect(give("page.pdf", Buffer.from("<html>"))).rejects.toThrow("not asked for");
  await expect(give("torn.jpg", upright.subarray(0, 600))).rejects.toThrow("cannot be read");
  await expect(give("large.pdf", Buffer.alloc(1_000_001))).rejects.toThrow("too large");
  await on.act("give_card", { number: "4111 1111 1111 1112", month: "3", year: "2099", holder: "Ada" });
  await on.act("wait_text", { contains: "One digit seems to be wrong." });
  await on.act("send");
  await on.act("wait_status", { contains: "There is a problem" });
  expect((await box.look()).state).toBe("waiting");
});

test("every control has a role and a name", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD]);
  await on.act("open", { url: box.link });
  const { roles } = await on.act("roles");
  const named = roles.map(({ role, name }) => `${role} ${name}`);
  for (const each of [
    "heading Hotel Adler asks you for your ID document and your payment card",
    "group ID document",
    "button Choose files for ID document",
    "textbox Card number",
    "textbox Expiry month",
    "textbox Expiry year",
    "textbox Name on card",
    "button Send",
  ]) {
    expect(named).toContain(each);
  }
  expect(roles.filter(({ role, name }) => ["button", "textbox", "heading"].includes(role) && name === "")).toEqual([]);
});

test("a card that is ready is said once: its number only where it cannot be read above", async () => {
  const box = await openBox(on.relay, [CARD]);
  await on.act("open", { url: box.link });
  await on.act("give_card", { number: NUMBER, month: "3", year: "2099", holder: "Ada Example" });
  const { text } = await on.act("wait_text", { contains: "Clear the card" });
  expect(text).toContain("ready to send");
  expect(text).not.toContain("411111••••••1111");
  await on.act("fill", { label: "Card number", value: "4111111111111112" });
  await on.act("wait_text", { contains: "411111••••••1111" });
  await on.act("fill", { label: "Card number", value: NUMBER });
  await expect.poll(async () => (await on.act("text")).text).not.toContain("411111••••••1111");
  await on.act("reload");
  await on.act("wait_text", { contains: "411111••••••1111" });
  await on.act("click", { role: "button", name: "Clear the card" });
  await expect.poll(async () => (await on.act("text")).text).not.toContain("ready to send");
  expect((await on.act("storage")).indexeddb.cloakroom.drafts.map(({ key }) => key).join()).not.toContain("part");
});

test("the page that hears of its own submission before the answer waits for the answer", async () => {
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link });
  await on.act("give_file", { slot: "ID document", path: on.file("letter.pdf", paper(1)) });
  // The answer to the submission waits until the page has asked how the box stands and heard "sent".
  let heard;
  const told = new Promise((resolve) => (heard = resolve));
  await on.customer.context.route("**/v1/boxes/*", async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    await route.fulfill({ response: answer, json: body });
    if (body.state === "sent") heard();
  });
  let looks = 0;
  let status;
  on.customer.page().on("request", (request) => (looks += /\/v1\/boxes\/[0-9a-f]+$/.test(request.url()) ? 1 : 0));
  await on.customer.context.route("**/submit", async (route) => {
    const answer = await route.fetch();
    await told;
    const seen = looks;
    // One look more: what the first one said was acted upon by now.
    await expect.poll(() => looks, { timeout: 60_000 }).toBeGreaterThan(seen);
    status = await on.customer.page().textContent("#status");
    await route.fulfill({ response: answer });
  });
  await on.act("send");
  await on.act("wait_text", { contains: "Take back and replace" });
  expect(status).toBe("Sending …");
  const { indexeddb } = await on.act("storage");
  expect(indexeddb.cloakroom.drafts.map(({ key }) => key)).toEqual([JSON.stringify([box.id, "kept", "owner"])]);
});

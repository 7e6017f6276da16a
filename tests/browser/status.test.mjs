// After sending, and links that lead nowhere.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { hex } from "../../ui/shared/src/bytes.ts";
import { linkCode } from "../../ui/shared/src/link.ts";
import { sealNext } from "../../ui/shared/src/next.ts";
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

async function sent() {
  const box = await openBox(on.relay, [ID_DOCUMENT]);
  await on.act("open", { url: box.link });
  await on.act("give_file", { slot: "ID document", path: on.file("letter.pdf", paper(1)) });
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
  return box;
}

test("a link mangled on its way still opens", async () => {
  const box = await openBox(on.relay);
  for (const end of [`#${box.code}.`, `#${box.code})%20`, `#%23${box.code}`, `#${box.code}%E2%80%9D`]) {
    await on.act("open", { url: `${on.relay.origin}/${end}` });
    await on.act("wait_text", { contains: "Hotel Adler asks you" });
    expect((await on.act("url")).url).toBe(`${on.relay.origin}/`);
  }
});

test("a damaged link and a dead link are told apart, each with what to do", async () => {
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link.slice(0, -1) });
  await on.act("wait_status", { contains: "This link was damaged on its way to you." });
  await on.act("open", { url: `${on.relay.origin}/` });
  await on.act("wait_status", { contains: "This link was damaged" });
  await on.act("open", { url: `${on.relay.origin}/#${await linkCode(box.secret.map((byte) => byte ^ 1))}` });
  await on.act("wait_status", { contains: "This link does not lead anywhere any more." });
  expect((await on.act("text")).text).toContain("Ask whoever sent it for a new one.");
  // The relay's own contact, as text and never as markup.
  await on.act("wait_text", { contains: "Reception <b>of Hotel Adler</b>" });
  expect((await on.act("text")).text).toContain("+43 1 234 56 78");
});

test("opening, reloading and HEAD change nothing", async () => {
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link });
  await on.act("reload");
  await fetch(box.link, { method: "HEAD" });
  await box.intercept("HEAD", "");
  await box.intercept("GET", "");
  expect((await box.look()).state).toBe("waiting");
  await on.act("wait_text", { contains: "Hotel Adler asks you" });
});

test("the same link becomes the status page: received, opened, closing, deleted", async () => {
  const box = await sent();
  await box.collected();
  await box.note({ kind: "received", reference: "R-77" });
  await on.act("wait_status", { contains: "Received by Hotel Adler. Reference R-77." });
  await box.note({ kind: "opened", class: "identity", reason: "check-in" });
  await on.act("wait_status", { contains: "Opened on" });
  await box.note({ kind: "closing", due: LATER });
  await on.act("wait_status", { contains: "Your ID document will be deleted on 18 May 2033" });
  await box.end("purged");
  await on.act("reload");
  // The relay's word alone deletes nothing.
  await on.act("wait_status", { contains: "will be deleted on" });
  await box.note({ kind: "deleted", classes: ["identity"], certificate: "C-9", method: "P", checkpoint: null });
  await on.act("wait_status", { contains: "Deleted on" });
  expect((await on.act("text")).text).toContain("Certificate C-9");
  const { indexeddb } = await on.act("storage");
  expect(indexeddb).toEqual({});
});

test("a card that is gone before the ID: said so, and the page goes on", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD]);
  await on.act("open", { url: box.link });
  await on.act("give_file", { slot: "ID document", path: on.file("letter.pdf", paper(1)) });
  await on.act("give_card", { number: "4111111111111111", month: "3", year: "2099", holder: "Ada Example" });
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
  const deleted = (gone, method) => box.note({ kind: "deleted", classes: [gone], certificate: "C-1", method, checkpoint: null });
  await deleted("payment", "RB");
  await on.act("wait_status", { contains: "The rest is still kept." });
  expect((await on.act("text")).text).toContain("The keys were destroyed, the server’s share of them too.");
  expect((await on.act("text")).text).toContain("Delete my data now");
  await deleted("identity", "B");
  await on.act("wait_status", { contains: "ID document. Certificate C-1." });
  const { text } = await on.act("text");
  expect(text).toContain("How it was destroyed is in the certificate.");
  expect(text).not.toContain("Delete my data now");
  expect(text).not.toContain("still kept");
});

test("a relay that says purged, without a note, is not believed", async () => {
  const box = await sent();
  await box.end("purged");
  await on.act("reload");
  await on.act("wait_status", { contains: "has not confirmed the deletion" });
  expect((await on.act("text")).text).not.toContain("Deleted on");
});

test("a relay that says expired erases nothing here", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT]);
  await on.act("open", { url: box.link });
  await on.act("give_file", { slot: "ID document", path: on.file("letter.pdf", paper(1)) });
  await on.customer.context.route("**/v1/boxes/*", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), state: "expired" } });
  });
  await on.act("reload");
  await on.act("wait_status", { contains: "This request has expired." });
  await on.customer.context.unroute("**/v1/boxes/*");
  await on.act("reload");
  await on.act("wait_status", { contains: "still here" });
});

test("notes that are missing, doubled, reordered or changed are refused and said", async () => {
  const box = await sent();
  await box.note({ kind: "received", reference: "R-1" });
  await box.note({ kind: "closing", due: LATER });
  const bend = async (change) => {
    await on.customer.context.unroute("**/v1/boxes/*");
    await on.customer.context.route("**/v1/boxes/*", async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      await route.fulfill({ response: answer, json: { ...body, notes: change(body.notes) } });
    });
    await on.act("reload");
    await on.act("wait_status", { contains: "not complete or not genuine" });
    expect((await on.act("text")).text).not.toContain("will be deleted");
  };
  await bend(([first, second]) => [{ ...second, seq: 0 }, { ...first, seq: 1 }]);
  await bend(([, second]) => [second]);
  await bend(([first]) => [first, first]);
  await bend(([first]) => [first, { ...first, seq: 1 }]);
  await bend(([first, second]) => [first, { ...second, note: second.note.replace(/.(?=.{9}$)/, (c) => (c === "A" ? "B" : "A")) }]);
});

test("a request changed in one byte shows nothing", async () => {
  const box = await openBox(on.relay);
  await on.customer.context.route("**/v1/boxes/*", async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    const request = Buffer.from(body.request, "base64");
    request[100] ^= 1;
    await route.fulfill({ response: answer, json: { ...body, request: request.toString("base64") } });
  });
  await on.act("open", { url: box.link });
  await on.act("wait_status", { contains: "could not be proven genuine" });
  expect((await on.act("text")).text).not.toContain("Hotel Adler");
});

test("deleting now asks for the ticket's reference, then speaks one word", async () => {
  const box = await sent();
  await on.act("click", { role: "button", name: "Delete my data now" });
  await on.act("fill", { label: "Ticket reference", value: "#1" });
  await on.act("click", { role: "button", name: "Yes, do it" });
  await on.act("wait_text", { contains: "This is not the reference of this ticket." });
  expect(await box.words()).toEqual([]);
  await on.act("fill", { label: "Ticket reference", value: "4821" });
  await on.act("click", { role: "button", name: "Yes, do it" });
  await on.act("wait_status", { contains: "You asked for this" });
  const [word, ...more] = await box.words();
  expect(more).toEqual([]);
  expect(hex(word).slice(0, 2 * (18 + 16 + 4 + 1))).toBe(
    `${hex(new TextEncoder().encode("cloakroom/v1/word\0"))}${box.id}ffffffff00`,
  );
});

test("nothing offers deletion before something was sent", async () => {
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link });
  await on.act("wait_text", { contains: "Hotel Adler asks you" });
  expect((await on.act("text")).text).not.toContain("Delete my data now");
});

test("taking back leads to the next round on the same page", async () => {
  const box = await sent();
  await box.note({ kind: "received", reference: "R-1" });
  await on.act("wait_status", { contains: "R-1" });
  await on.act("click", { role: "button", name: "Take back and replace" });
  await on.act("fill", { label: "Ticket reference", value: "#4821" });
  await on.act("click", { role: "button", name: "Yes, do it" });
  await on.act("wait_status", { contains: "You asked for this" });
  const [word] = await box.words();
  const head = 18 + 16 + 4;
  expect(word[head]).toBe(1);
  const owner = word.slice(head + 1, head + 33);
  const next = await openBox(on.relay, [ID_DOCUMENT]);
  await box.note({ kind: "replaced", next: await sealNext(box.secret, owner, box.keys.boxId, next.link) });
  await on.act("click", { role: "button", name: "Go on to the new request" });
  await on.act("give_file", { slot: "ID document", path: on.file("better.pdf", paper(2)) });
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
  expect((await next.items())[0].name).toBe("better.pdf");
});

/** Says "take back" on the page and answers what a desk seals the next link under. */
async function takeBack(box) {
  await on.act("click", { role: "button", name: "Take back and replace" });
  await on.act("fill", { label: "Ticket reference", value: "#4821" });
  await on.act("click", { role: "button", name: "Yes, do it" });
  await on.act("wait_status", { contains: "You asked for this" });
  const [word] = await box.words();
  return word.slice(18 + 16 + 4 + 1, 18 + 16 + 4 + 1 + 32);
}

for (const order of [["deleted", "replaced"], ["replaced", "deleted"]]) {
  test(`taking back, and then ${order.join(", then ")}: the new request opens all the same`, async () => {
    const box = await sent();
    const owner = await takeBack(box);
    const next = await openBox(on.relay, [ID_DOCUMENT]);
    await box.end("purged");
    for (const kind of order) {
      if (kind === "deleted") {
        await box.note({ kind, classes: ["identity"], certificate: "C-1", method: "P", checkpoint: null });
        await on.act("wait_status", { contains: "Certificate C-1" });
      } else {
        await box.note({ kind, next: await sealNext(box.secret, owner, box.keys.boxId, next.link) });
        await on.act("wait_status", { contains: "A new request takes the place" });
      }
      await on.act("reload");
    }
    await on.act("click", { role: "button", name: "Go on to the new request" });
    await on.act("give_file", { slot: "ID document", path: on.file("better.pdf", paper(2)) });
    expect((await next.look()).state).toBe("waiting");
  });
}

test("taking back that was refused, and deletion later: nothing is kept for it", async () => {
  const box = await sent();
  await takeBack(box);
  await box.note({ kind: "refused", word: "take-back" });
  await box.note({ kind: "deleted", classes: ["identity"], certificate: "C-1", method: "P", checkpoint: null });
  await on.act("wait_status", { contains: "Certificate C-1" });
  await expect.poll(async () => (await on.act("storage")).indexeddb).toEqual({});
});

test("a ticket opened again: the promised end is said", async () => {
  const box = await sent();
  await box.note({ kind: "closing", due: LATER });
  await on.act("wait_status", { contains: "Your ticket was closed." });
  await box.note({ kind: "reopened" });
  await on.act("wait_status", { contains: "not longer than promised." });
  const { text } = await on.act("text");
  expect(text).toContain("ID document will be deleted: 72 hours after the ticket closes.");
  expect(text).not.toContain("2033");
});

test("a link that came as a path: the server saw it, and the page says so until another link comes", async () => {
  const box = await openBox(on.relay);
  const said = "so that the server saw all of it";
  await on.act("open", { url: `${on.relay.origin}/%23${box.code}` });
  await on.act("wait_text", { contains: said });
  expect((await on.act("url")).url).toBe(`${on.relay.origin}/`);
  await on.act("reload");
  await on.act("wait_text", { contains: said });
  await on.act("open", { url: box.link });
  await on.act("wait_text", { contains: "Hotel Adler asks you" });
  expect((await on.act("text")).text).not.toContain(said);
});

test("who did not submit here cannot take back", async () => {
  const box = await sent();
  await on.act("new_context");
  await on.act("open", { url: box.link });
  await on.act("wait_status", { contains: "Sent." });
  const { text } = await on.act("text");
  expect(text).toContain("Delete my data now");
  expect(text).not.toContain("Take back and replace");
});

test("a withdrawn request says so", async () => {
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link });
  await box.end("revoked");
  await on.act("wait_status", { contains: "This request was withdrawn." });
});

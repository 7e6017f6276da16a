// The whole job with the real app and the real page: from the first start to a certificate that anyone can check.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { binary, found, openMachine, unlock, until } from "./app.mjs";
import { CARD, giveSmall, ID_SLOT, letter, openCustomer, passport } from "./customer.mjs";
import { ask, done, look, openTicket, quit, reveal } from "./journey.mjs";
import { keepPicture } from "./journey-failure.mjs";

const VERIFY = process.env.CLOAKROOM_VERIFY ?? join(binary, "../cloakroom-verify");
const HOUR = 3_600;
let machine;
let customer;
let app;

beforeAll(async () => {
  machine = await openMachine();
  customer = await openCustomer();
});
afterEach((context) => keepPicture(context, app));
afterAll(async () => {
  await customer?.stop();
  await machine?.stop();
});

/** One item of the open request: the button beside what can be read of it. */
async function openItem(name) {
  await app.window("index.html");
  const item = await app.find("listitem", name);
  await item.within("button", "Reveal");
}

test("first start, two requests, and the preview of the page", async () => {
  app = await machine.start();
  await found(app, { company: "Hotel Adler" });
  await app.click("button", /^New request/);
  await app.fill("Ticket", "#4821");
  await app.click("radio", /^ID and card/);
  await app.inFrame("What the customer sees", async () => {
    await app.reads("Hotel Adler");
    await app.reads("#4821");
    await app.find("heading", "Payment card");
  });
  await app.click("button", "Make the link");
  const link = await (await app.find("textbox", "Message to the customer")).value();
  expect(link).toContain("Hotel Adler");
  await app.click("button", "Copy");
  await app.reads("Copied. Paste it into the ticket.");
  await app.find("img", "QR code of the link");
  app.first = /https?:\/\/\S+#\S+/.exec(link)[0];
  await done(app);
  await app.find("heading", /^#4821/);
  await app.reads("Nothing was sent yet.");
  app.second = await ask(app, "#4822");
  await done(app);
});

test("the customer gives a photo, a paper and a card over a bad line, and sends once", async () => {
  await customer.open(app.first);
  await customer.act("give_file", { slot: ID_SLOT, path: customer.file("passport.jpg", await passport()) });
  await customer.act("give_file", { slot: ID_SLOT, path: customer.file("lease.pdf", letter(3, 6_000_000)) });
  await customer.act("give_card", CARD);
  await customer.act("wait_text", { contains: "Clear the card" });
  await app.click("button", /^Inbox/);
  await app.find("row", /#4821.*Waiting/);

  await customer.act("cut_after", { requests: 8 });
  await customer.act("send");
  const { sent } = await customer.act("wait_cut");
  expect(sent).toBe(8);
  await customer.act("wait_status", { contains: "There is no connection." });
  await customer.act("reload").catch(() => undefined);
  await customer.act("restore");
  await customer.act("reload");
  await customer.act("wait_status", { contains: "Received by Hotel Adler" });
  // It came by itself: nobody touched the app meanwhile, and it came once.
  await app.find("row", /#4821.*Arrived/);
  expect((await app.all("row", /#4821/)).length).toBe(1);
});

test("locked: the count follows what arrives, and nothing else is said", async () => {
  await app.click("button", /^Lock/);
  await app.window("unlock.html");
  await app.reads("1 arrived");
  await customer.open(app.second, "second");
  await giveSmall(customer, "second");
  await customer.act("send", { tab: "second" });
  await app.reads("2 arrived");
  expect(await app.text()).not.toMatch(/#482|Ada|1111/);
  await unlock(app);
});

test("masked until it is revealed for a reason; Esc hides it; the looks are listed", async () => {
  await openTicket(app, "#4821");
  const masked = await app.reads("411111••••••1111");
  expect(masked).not.toContain("Ada Example");
  expect(masked).not.toMatch(/4111.?1111.?1111.?1111/);
  expect(masked).toContain("not viewable yet");
  expect(masked).toMatch(/Nobody has opened it yet/);
  // What the customer called a file is shown with the file.
  expect(masked).not.toMatch(/passport\.jpg|lease\.pdf/);

  await openItem(/JPEG picture/);
  await reveal(app);
  await app.find("img", ID_SLOT);
  await app.reads("passport.jpg");
  // Upright: the orientation that the phone wrote was applied.
  expect(await look(app)).toEqual({ width: 3000, height: 4000, colours: ["blue", "red", "white", "green"] });
  await app.reads(/[12]:\d\d/);
  await app.press("Escape");
  await app.gone("reveal.html");

  await openItem(/411111/);
  await reveal(app, "Charge the card");
  const card = await app.reads("Ada Example");
  expect(card.replaceAll(/\s/g, "")).toContain("4111111111111111");
  expect(card).toContain("never write it down");
  await app.press("Escape");
  await app.gone("reveal.html");

  // What cannot be shown cannot be opened: nobody is asked why, and nothing is recorded.
  await app.window("index.html");
  const paper = await app.find("listitem", /PDF · 6\.0 MB.*not viewable yet/);
  expect(await paper.has("button", "Reveal")).toBe(false);
  for (const looks of await app.all("button", /^Opened (once|twice), last .* by Mira$/)) await looks.click();
  expect(await app.reads("Check who they are")).toContain("Charge the card");
  await customer.act("wait_status", { tab: "main", contains: "Opened on" });
});

test("charged: the card goes at once. Closed, undone, closed again", async () => {
  await app.click("button", "Charged, destroy now");
  await app.find("dialog", "The card was charged");
  await app.click("button", "Destroy 1 card for good");
  await app.reads(/Certificate C/);
  await app.click("button", "Close ticket");
  await app.find("dialog", "Close ticket #4821");
  await app.reads("2 documents");
  await app.click("button", "Close ticket");
  await app.reads(/Destroyed in (72 h|71 h 59 min)/);
  await app.click("button", "Undo");
  await app.reads("The ticket is open again.");
  await app.click("button", "Close ticket");
  await app.find("dialog", "Close ticket #4821");
  await app.click("button", "Close ticket");
  await app.reads(/Destroyed in (72 h|71 h 59 min)/);
});

test("72 hours pass while the app is closed; started again, it destroys what is due", async () => {
  await quit(app);
  machine.pass(72 * HOUR + 60);
  app = await machine.start();
  await unlock(app);
  await openTicket(app, "#4821", /^Done/);
  await app.reads("Everything is destroyed. 2 certificates record it.");
});

test("the history shows it, and the certificate is verified by the shipped verifier", async () => {
  await app.click("button", /^History/);
  await app.reads(/Ledger verified up to entry/);
  await until("two purges", async () => (await app.all("row", /#4821/)).length === 2);
  const row = await app.find("row", /#4821.*the ticket was closed/);
  await row.within("button", /^Certificate/);
  await app.find("heading", /^Certificate of destruction/);
  const text = await app.reads("Verified just now");
  const key = /cloakroom\/desk\/\S+/.exec(text)[0];
  await app.click("button", "Save as JSON");
  const said = await app.reads(/Saved as .*\.json/);
  const path = /Saved as (.*\.json)/.exec(said)[1];
  expect(path.startsWith(machine.home)).toBe(true);
  const verdict = execFileSync(VERIFY, ["--key", key, path], { encoding: "utf8" });
  expect(verdict).toContain("#4821");
  const changed = customer.file("changed.json", readFileSync(path, "utf8").replace("#4821", "#4823"));
  expect(() => execFileSync(VERIFY, ["--key", key, changed], { stdio: "pipe" })).toThrow();
});

test("the customer's page says when it was deleted", async () => {
  await customer.act("reload", { tab: "main" });
  await customer.act("wait_status", { tab: "main", contains: "Deleted on" });
  const { text } = await customer.act("text", { tab: "main" });
  expect(text).not.toMatch(/Ada Example|passport\.jpg|4111/);
});

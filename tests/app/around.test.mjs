// Around a request: asked again, reminded, brought in, kept as a guarantee, and what ends unseen.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { photo, paper } from "../browser/pictures.mjs";
import { found, openMachine } from "./app.mjs";
import { CARD, ID_SLOT, openCustomer } from "./customer.mjs";
import { ask, command, done, look, openTicket, reveal } from "./journey.mjs";
import { keepPicture } from "./journey-failure.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HOUR = 3_600;
let machine;
let customer;
let app;

beforeAll(async () => {
  machine = await openMachine();
  customer = await openCustomer();
  app = await machine.start();
  await found(app);
});
afterEach((context) => keepPicture(context, app));
afterAll(async () => {
  await customer?.stop();
  await machine?.stop();
});

async function clean(state) {
  if (!(await app.script("return typeof axe !== 'undefined'"))) await app.script(`${axe}; window.axe = axe;`);
  const violations = await app.asyncScript(`
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ["violations"] }).then(
      ({ violations }) => done(violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" "))),
      (error) => done([String(error)]),
    );`);
  expect(violations, state).toEqual([]);
}

/** Files dropped on what is there for one thing that is asked for. */
function drop(legend, files) {
  return app.script(
    `const [legend, files] = arguments;
    const at = [...document.querySelectorAll("fieldset")].find((each) => each.querySelector("legend")?.textContent === legend);
    const dropped = new DataTransfer();
    for (const { name, base64 } of files) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      dropped.items.add(new File([bytes], name));
    }
    at.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
    return dropped.files.length;`,
    legend,
    files.map(([name, bytes]) => ({ name, base64: Buffer.from(bytes).toString("base64") })),
  );
}

test("asked again: a reason, one key, and the customer finds it on the page they have", async () => {
  const link = await ask(app, "#4821", "ID document");
  await done(app);
  await customer.open(link);
  await customer.act("give_file", { slot: ID_SLOT, path: customer.file("blurry.pdf", paper(1)) });
  await customer.act("send");
  await customer.act("wait_status", { contains: "Received by Hotel Adler" });
  await app.reads("What was sent");
  await app.press("a");
  await app.find("heading", "Ask again");
  await clean("ask again");
  await app.click("radio", "Blurry");
  await app.click("button", "Ask again");
  await app.find("heading", "Asked again");
  const message = await (await app.find("textbox", "Message to the customer")).value();
  expect(message).toContain("once more: what we have is too blurry to read");
  await clean("asked again");
  await app.click("button", "Done");
  await app.reads("Asked again: blurry.");

  await customer.act("wait_status", { contains: "Hotel Adler asks you once more for your passport or ID card. It was too blurry to read." });
  await customer.act("click", { role: "button", name: "Go on to the new request" });
  await customer.act("give_file", { slot: ID_SLOT, path: customer.file("sharp.pdf", paper(1)) });
  await customer.act("send");
  await customer.act("wait_status", { contains: "Received by Hotel Adler" });
  await app.reads("Round 2: What was sent");
  await app.reads("Round 1: What was sent");
});

test("reminded: a message to copy, counted and dated; the inbox says when it is worth it", async () => {
  const link = await ask(app, "#4822", "Payment card: charge once");
  await done(app);
  await app.reads("Not reminded yet.");
  machine.pass(25 * HOUR);
  await app.click("button", /^Inbox/);
  await app.find("row", /#4822.*remind/);
  await openTicket(app, "#4822");
  await app.click("button", "Copy a reminder");
  await app.reads("The reminder is copied.");
  await app.reads("Reminded once, last");
  await customer.open(link, "second");
  await customer.act("give_card", { tab: "second", ...CARD });
  await customer.act("send", { tab: "second" });
  await app.reads("411111••••••1111");
});

test("brought in: a card said on the phone, masked like every other, and the link that waited ends", async () => {
  const link = await ask(app, "#4823", "Payment card: charge once");
  await done(app);
  await app.press("b");
  await app.window("bring.html");
  await app.find("heading", "Bring in for #4823");
  await clean("bring in");
  await app.fill("Card number", CARD.number);
  await app.fill("Expiry month", CARD.month);
  await app.fill("Expiry year", CARD.year);
  await app.fill("Name on card", "Ada 123");
  await app.click("button", "Take it in");
  await app.reads(/security code/);
  await app.fill("Name on card", CARD.holder);
  await app.reads("The link that waits is ended");
  await app.click("button", "Take it in");
  await app.find("heading", "Taken in for #4823");
  await app.reads("Now remove it where it came from");
  await clean("taken in");
  await app.click("button", "Done");
  await app.gone("bring.html");
  await app.window("index.html");
  const text = await app.reads("What the agent took in");
  expect(text).toContain("411111••••••1111");
  expect(text).not.toContain("Ada Example");
  await customer.open(link, "third");
  await customer.act("wait_status", { tab: "third", contains: "Hotel Adler has your payment card by another way." });
});

test("brought in: a photo from a mail, without a link, upright and without where it was taken", async () => {
  await app.click("button", /^New request/);
  await app.fill("Ticket", "#4824");
  await app.click("radio", /^ID document/);
  await app.click("button", /bring it in$/);
  await app.window("bring.html");
  await app.find("heading", "Bring in for #4824");
  expect(await drop(ID_SLOT, [["odd.exe", Buffer.from("MZ no picture")]])).toBe(1);
  await app.find("alert", /./);
  expect(await drop(ID_SLOT, [["mailed.jpg", await photo(400, 300, 6)]])).toBe(1);
  await app.reads("mailed.jpg");
  await clean("a file chosen");
  await app.click("button", "Take it in");
  await app.find("heading", "Taken in for #4824");
  await app.click("button", "Done");
  await app.gone("bring.html");
  await app.window("index.html");
  await openTicket(app, "#4824");
  await app.click("button", "Reveal");
  await reveal(app);
  await app.find("img", ID_SLOT);
  expect(await look(app)).toMatchObject({ width: 300, height: 400 });
  await app.press("Escape");
  await app.gone("reveal.html");
  await app.window("index.html");
});

test("a guarantee has its date; what ends unseen is said", async () => {
  await app.click("button", /^New request/);
  await app.fill("Ticket", "#4825");
  await app.click("radio", /^Payment card: guarantee/);
  await app.inFrame("What the customer sees", () => app.reads("kept as a guarantee"));
  expect(await app.script("return document.querySelector('#new-until').value")).toMatch(/^\d{4}-\d\d-\d\d$/);
  await clean("a guarantee");
  await app.click("button", "Make the link");
  await app.find("heading", /is ready/);
  await done(app);
  // The card of #4822 arrived and nobody looked.
  machine.pass(50 * HOUR);
  await app.reads(/What came for #4822 is destroyed .* and nobody has looked at it\./);
  await openTicket(app, "#4822");
  await app.reads(/Ends .* and nobody has looked\./);
  await clean("ends unseen");
  await command(app, "Bring in what came another way");
  await app.window("bring.html");
  await app.press("Escape");
  await app.gone("bring.html");
});

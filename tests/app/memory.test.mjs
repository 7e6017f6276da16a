// What was shown and what was typed is nowhere in the memory of any process of the app once it is covered.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, openTicket } from "./journey.mjs";
import { openCustomer } from "./customer.mjs";
import { openMachine, until } from "./app.mjs";
import { needles, processTree, searchMemory } from "./memory-search.mjs";

const NUMBER = "4929712833085178";
const HOLDER = "Wilhelmina Quackenbush";
const PASSPHRASE = "marmalade quarry 7 spindle thirteen";

let machine;
let customer;
beforeAll(async () => {
  machine = await openMachine();
  customer = await openCustomer();
});
afterAll(async () => {
  await customer?.stop();
  await machine?.stop();
});

/**
 * Fills a field as typing does, but so that the text itself never passes through the driver: what drives the window
 * keeps its own copies in the app's process, and no person brings a driver along.
 */
function fillUnseen(app, id, text) {
  const codes = [...text].map((letter) => letter.codePointAt(0) ^ 0x55);
  const script = `
    const field = document.getElementById(arguments[0]);
    field.value = String.fromCodePoint(...arguments[1].map((code) => code ^ 0x55));
    field.dispatchEvent(new Event("input", { bubbles: true }));`;
  return app.script(script, id, codes);
}

async function idOf(app, label) {
  return until(`field ${label}`, () =>
    app.script("return [...document.querySelectorAll('label')].find((each) => each.textContent === arguments[0])?.htmlFor", label),
  );
}

function search(app, wanted) {
  return processTree(app.folder).flatMap((process) => searchMemory(process, wanted));
}

const WANTED = [...needles("number", NUMBER), ...needles("holder", HOLDER), ...needles("passphrase", PASSPHRASE)];

test("a card that was covered again and a passphrase that was typed are found nowhere", async () => {
  const app = await machine.start();
  await app.window("start.html");
  await app.fill("Company name", "Hotel Adler");
  await app.fill("Your first name", "Mira");
  await app.fill("Contact name", "Front desk");
  await app.fill("Phone", "+43 1 555 0100");
  await app.click("button", "Continue");
  await app.find("textbox", "Passphrase");
  for (const label of ["Passphrase", "Passphrase again"]) await fillUnseen(app, await idOf(app, label), PASSPHRASE);
  // The search finds what is there.
  expect(search(app, WANTED).map(({ what }) => what)).toContain("passphrase");
  await app.click("button", "Make the vault");
  await app.find("heading", /sheets/i);
  await app.click("checkbox", /printed/);
  await app.click("button", "Open Cloakroom");
  await app.window("index.html");

  const link = await ask(app, "#7", "Payment card");
  await customer.open(link);
  await customer.act("give_card", { number: NUMBER, month: "11", year: "2031", holder: HOLDER });
  await customer.act("send");
  await customer.act("wait_status", { contains: "Received by" });
  await openTicket(app, "#7");
  await app.reads("492971••••••5178");
  await app.click("button", "Reveal");
  await app.window("reveal.html");
  await app.click("radio", "Charge the card");
  await app.click("button", "Reveal");
  await until("card on the screen", () => app.script("return document.querySelectorAll('.number li').length === 4"));
  const shown = search(app, WANTED);
  expect(shown.filter(({ process }) => process === "WebKitWebProces").map(({ what }) => what)).toContain("number");

  await app.press("Escape");
  await app.gone("reveal.html");
  await isGone(app);
  await app.window("index.html");
  await app.click("button", /^Lock/);
  await app.window("unlock.html");
  await isGone(app);

  await fillUnseen(app, "passphrase", PASSPHRASE);
  await app.click("button", "Unlock");
  await app.window("index.html");
  await isGone(app);
});

/** Soon, and for good: a window's process takes a moment to end. */
async function isGone(app) {
  let left = [];
  await until("memory without any of it", () => (left = search(app, WANTED)).length === 0).catch(() => {});
  expect(left).toEqual([]);
}

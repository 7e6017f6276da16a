// The agent's whole job without a mouse, from the first start to the certificate: Tab, arrows, Enter, Space, letters.
// The customer's is in tests/browser/keyboard.test.mjs.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openMachine, PASSPHRASE, until } from "./app.mjs";
import { giveSmall, openCustomer } from "./customer.mjs";
import { readLink, running } from "./journey.mjs";
import { keepPicture } from "./journey-failure.mjs";

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

/** Waits until the focus is on this by itself. */
async function focus(role, name) {
  await until(`focus on ${role} “${name}”`, async () => fits(await app.focused(), role, name));
}

function fits(at, role, name) {
  return (name instanceof RegExp ? name.test(at.name) : at.name === name) && (at.role === role || at.role === "");
}

/** Tabs until this has the focus, and it shows. */
async function tabTo(role, name, back = false) {
  const passed = [];
  for (let presses = 0; presses < 40; presses++) {
    const at = await app.focused();
    if (presses > 0 && fits(at, role, name)) {
      expect(at.visible, `the focus on ${at.name} shows`).toBe(true);
      return;
    }
    passed.push(`${at.role} ${at.name}`);
    await (back ? app.press("Shift", "Tab") : app.press("Tab"));
  }
  throw new Error(`The keyboard does not come to ${name}. It came past ${passed.join("; ")}.`);
}

async function type(text) {
  for (const letter of text) await app.press(letter);
  await until("what was typed", async () => (await app.script("return document.activeElement.value")) === text);
}

test("first start by keyboard", async () => {
  app = await machine.start();
  await app.window("start.html");
  await app.find("heading", "Who will be asking?");
  // Too early: the focus goes to what is missing.
  await tabTo("button", "Continue");
  await app.press("Enter");
  await focus("group", "There is a problem");
  for (const [field, text] of [["Company name", "Hotel Adler"], ["Your first name", "Mira"], ["Contact name", "Front desk"], ["Phone", "+43 1 555 0100"]]) {
    await tabTo("textbox", field);
    await type(text);
  }
  await app.press("Enter");
  await app.find("heading", "Choose a passphrase");
  for (const field of ["Passphrase", "Passphrase again"]) {
    await tabTo("textbox", field);
    await type(PASSPHRASE);
  }
  await app.press("Enter");
  await app.find("heading", "Two recovery sheets");
  await tabTo("checkbox", /printed/);
  await app.press("Space");
  await tabTo("button", "Open Cloakroom");
  await app.press("Enter");
  await app.window("index.html");
});

test("a request, sent by its link, opened, hidden, closed and destroyed", async () => {
  await app.find("button", /^New request/);
  await app.press("c");
  await focus("textbox", "Ticket");
  await type("#4821");
  await app.find("radio", /^ID and card/);
  await app.press("Tab");
  while (!fits(await app.focused(), "radio", /^ID and card/)) await app.press("ArrowDown");
  await app.press("Enter");
  await app.find("heading", /is ready$/);
  const link = await readLink(app);
  await tabTo("button", "Copy");
  await app.press("Enter");
  await app.reads("Copied.");
  await tabTo("button", "Done");
  await app.press("Space");
  await app.reads("Nothing was sent yet.");
  await app.press("Escape");

  await customer.open(link);
  await giveSmall(customer);
  await customer.act("send");
  await customer.act("wait_status", { contains: "Received by" });

  // To the inbox, from wherever one is; its row is opened.
  await app.press("i");
  await app.find("row", /#4821.*Arrived/);
  await until("selected row", async () => {
    await app.press("Home");
    return app.script("return document.querySelector('[role=row][aria-selected=true]') !== null");
  });
  await app.press("Enter");
  await app.find("heading", /^#4821/);

  await tabTo("button", "Reveal");
  await app.press("Enter");
  await app.window("reveal.html");
  await until("focus on a reason", async () => (await app.focused()).role === "radio");
  await app.press("ArrowDown");
  await app.press("Enter");
  await app.reads(/Ada Example|cannot show this kind/);
  await app.press("Escape");
  await app.gone("reveal.html");
  await app.window("index.html");

  // The card goes by its button, the rest with the ticket.
  await tabTo("button", "Charged, destroy now");
  await app.press("Enter");
  await tabTo("button", "Destroy 1 card for good");
  await app.press("Enter");
  await app.reads(/Certificate C/);
  await until("end of the dialog", () => app.script("return document.querySelector('dialog') === null"));
  await app.press("x");
  await focus("button", "Close ticket");
  await app.press("Enter");
  await app.reads(/Destroyed in/);
  await app.press("u");
  await app.reads("The ticket is open again.");
  await app.find("button", "Close ticket");
  await app.press("x");
  await focus("button", "Close ticket");
  await app.press("Enter");
  await app.reads(/Destroyed in/);
  await tabTo("button", "Erase now");
  await app.press("Enter");
  await tabTo("button", "Destroy 1 document for good");
  await app.press("Enter");
  await app.reads("Everything is destroyed.");
});

test("the palette gives the focus back; history and certificate by keyboard", async () => {
  await app.press("h");
  await app.find("heading", /^Purge history/);
  const before = await app.focused();
  await app.press("Control", "k");
  await focus("combobox", "Command or ticket");
  await app.press("Escape");
  await until("the focus where it was", async () => (await app.focused()).name === before.name);
  await app.find("row", /#4821/);
  await tabTo("button", /^Certificate/);
  await app.press("Enter");
  await app.reads("Verified just now");
  await app.press("Control", "s");
  await app.reads(/Saved as .*\.json/);
  await app.press("Escape");
  await app.find("heading", /^Purge history/);
});

test("locked, unlocked and ended by keyboard", async () => {
  await app.press("Control", "l");
  await app.window("unlock.html");
  await until("focus on the passphrase", async () => (await app.focused()).name === "Passphrase");
  await type(PASSPHRASE);
  await app.press("Enter");
  await app.window("index.html");
  await app.find("button", /^New request/);
  await app.press("Control", "k");
  await focus("combobox", "Command or ticket");
  await type("Quit");
  await app.find("option", "Quit");
  await app.press("Enter").catch(() => undefined);
  await until("end of the app", () => running(app.folder) === 0);
});

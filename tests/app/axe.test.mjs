// Every window and view of the app before axe-core, in WebKit, light and dark: nothing to complain of.
// The customer's page stands before it in tests/browser/axe.test.mjs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterEach, beforeEach, expect, test } from "vitest";
import { found, openMachine, PASSPHRASE, unlock } from "./app.mjs";
import { giveSmall, openCustomer } from "./customer.mjs";
import { addHelpdesk, openTracker } from "./tracker.mjs";
import { ask, command, done, openTicket, quit, reveal } from "./journey.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let machine;
let customer;

beforeEach(async () => {
  machine = await openMachine();
  customer = await openCustomer();
});
afterEach(async () => {
  await customer?.stop();
  await machine?.stop();
});

/** What axe-core finds in the window that is turned to. */
async function clean(app, state) {
  if (!(await app.script("return typeof axe !== 'undefined'"))) await app.script(`${axe}; window.axe = axe;`);
  const found = await app.asyncScript(`
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ["violations"] }).then(
      ({ violations }) => done(violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" "))),
      (error) => done([String(error)]),
    );`);
  expect(found, state).toEqual([]);
  expect(await app.script("return document.documentElement.scrollWidth <= innerWidth"), `${state} fits`).toBe(true);
}

/** The system's choice, as GTK tells WebKit of it. */
const SYSTEM = { light: {}, dark: { GTK_THEME: "Adwaita:dark" } };

test.each(["light", "dark"])("first start, lock screen and trouble, %s by the system", async (scheme) => {
  const app = await machine.start("desk", SYSTEM[scheme]);
  await app.window("start.html");
  expect(await app.script("return matchMedia('(prefers-color-scheme: dark)').matches")).toBe(scheme === "dark");
  await app.find("heading", "Who will be asking?");
  await clean(app, "who asks");
  await app.click("button", "Continue");
  await app.find("heading", "There is a problem");
  await clean(app, "who asks, with problems");
  await app.fill("Company name", "Hotel Adler");
  await app.fill("Your first name", "Mira");
  await app.fill("Contact name", "Front desk");
  await app.fill("Phone", "+43 1 555 0100");
  await app.click("button", "Continue");
  await app.find("heading", "Choose a passphrase");
  await clean(app, "passphrase");
  await app.fill("Passphrase", "too short");
  await app.click("button", "Make the vault");
  await app.find("heading", "There is a problem");
  await clean(app, "passphrase, too short");
  await app.fill("Passphrase", PASSPHRASE);
  await app.fill("Passphrase again", PASSPHRASE);
  await app.click("button", "Make the vault");
  await app.find("heading", "Two recovery sheets");
  await clean(app, "recovery sheets");
  await app.click("checkbox", /printed/);
  await app.click("button", "Open Cloakroom");
  await app.window("index.html");
  await app.click("button", /^Lock/);
  await app.window("unlock.html");
  await app.find("textbox", "Passphrase");
  await clean(app, "lock screen");
  await app.fill("Passphrase", "not this one");
  await app.click("button", "Unlock");
  await app.reads(/wrong|not the passphrase|does not/i);
  await clean(app, "wrong passphrase");

  const second = await machine.start("desk", SYSTEM[scheme]);
  await second.window("trouble.html");
  await second.find("heading", "Cloakroom did not start");
  await clean(second, "trouble");
});

test.each(["light", "dark"])("every view, %s by the settings", async (theme) => {
  const app = await machine.start();
  await found(app);
  await app.find("button", /^New request/);
  await choose(app, theme);
  await clean(app, "settings");
  const tracker = await openTracker();
  try {
    await app.click("button", "Add a helpdesk");
    await app.find("dialog", "Add a helpdesk");
    await clean(app, "adding a helpdesk");
    await app.click("button", "Cancel");
    await addHelpdesk(app, tracker);
    await app.reads(/Answered/);
    await clean(app, "settings with a helpdesk");
    await app.click("button", /^Open Front desk/);
    await app.click("button", "Set up a webhook");
    await app.reads("Shown this once.");
    await clean(app, "a helpdesk with its webhook");
    await app.click("button", "Remove …");
    await app.click("button", "Remove Front desk");
    await app.reads("There is none yet");
  } finally {
    await tracker.stop();
  }
  await app.click("button", /^Inbox/);
  await app.reads(/request/i);
  await clean(app, "empty inbox");
  await app.click("button", /^History/);
  await app.reads("Nothing was purged yet.");
  await clean(app, "empty history");

  await app.click("button", /^New request/);
  await app.find("textbox", "Ticket");
  await clean(app, "new request");
  await app.click("button", "Make the link");
  await app.reads("There is no ticket reference yet.");
  await clean(app, "new request, refused");
  const link = await ask(app, "#4821");
  await clean(app, "the link");
  await done(app);
  await app.reads("Nothing was sent yet.");
  await clean(app, "request that waits");

  await customer.open(link);
  await giveSmall(customer);
  await customer.act("send");
  await customer.act("wait_status", { contains: "Received by" });
  await app.click("button", /^Inbox/);
  await app.find("row", /#4821.*Arrived/);
  await clean(app, "inbox");
  await app.press("Control", "k");
  await app.find("textbox", "Command or ticket");
  await clean(app, "palette");
  await app.press("Escape");
  await app.press("?");
  await app.find("dialog", "Keyboard shortcuts");
  await clean(app, "shortcuts");
  await app.press("Escape");

  await openTicket(app, "#4821");
  await app.find("button", "Charged, destroy now");
  await clean(app, "request, masked");
  await (await app.find("listitem", /411111/)).within("button", "Reveal");
  await app.window("reveal.html");
  await app.find("radio", "Charge the card");
  await clean(app, "reveal, asked why");
  await reveal(app, "Charge the card");
  await app.reads("Ada Example");
  await clean(app, "card revealed");
  await app.press("Escape");
  await app.gone("reveal.html");
  await app.window("index.html");
  await app.click("button", /^Opened/);
  await clean(app, "looks");

  await app.click("button", "Close ticket");
  await app.find("dialog", "Close ticket #4821");
  await app.reads("What stays");
  await clean(app, "closing");
  await app.click("button", "Close ticket");
  await app.reads(/Destroyed in/);
  await clean(app, "closed, can be undone");
  await app.click("button", "Erase now");
  await app.find("dialog", "Erase now");
  await clean(app, "erasing");
  await app.click("button", /for good$/);
  await app.reads("Everything is destroyed.");
  await clean(app, "destroyed");
  await app.click("button", /^History/);
  await app.find("row", /#4821/);
  await clean(app, "history");
  await (await app.find("row", /#4821/)).within("button", /^Certificate/);
  await app.reads("Verified just now");
  await clean(app, "certificate");
  await app.click("button", /^Lock/);
  await app.window("unlock.html");
  await app.find("textbox", "Passphrase");
  await clean(app, "lock screen");
  await unlock(app);
  await quit(app);
});

async function choose(app, theme) {
  await command(app, "Settings");
  await app.click("radio", new RegExp(`^${theme}`, "i"));
  await app.click("button", "Save");
  await app.reads("Saved.");
}

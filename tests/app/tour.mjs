#!/usr/bin/env node
// Plays the whole job on a screen that nobody sees, and leaves a picture of each step in target/tour/, then the main
// screens at several sizes, light and dark. `cargo xtask tour` builds what it needs and runs it.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openMachine, PASSPHRASE, unlock } from "./app.mjs";
import { CARD, ID_SLOT, letter, openCustomer } from "./customer.mjs";
import { ask, done, openTicket, quit, reveal } from "./journey.mjs";
import { farAway } from "./tour-far.mjs";
import { appAtAllSizes, pageAtAllSizes, settled } from "./tour-sizes.mjs";
import { specimen } from "./tour-specimen.mjs";

const HOUR = 3_600;
const folder = fileURLToPath(new URL("../../target/tour/", import.meta.url));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

let number = 0;
function keep(name, picture) {
  number += 1;
  const file = `${String(number).padStart(2, "0")}-${name}.png`;
  writeFileSync(join(folder, file), picture);
  process.stdout.write(`${file}\n`);
}
/** A picture of the app's window, once what it says can be read. */
async function shoot(name, says) {
  if (says) await app.reads(says);
  await settled(app);
  keep(name, await app.picture());
}
const phone = async (name, options) => keep(`customer-${name}`, await customer.page().screenshot(options));

const machine = await openMachine("1400x1000");
const customer = await openCustomer();
let app = await machine.start();
try {
  await firstStart();
  await tickets();
  await theCustomer();
  await theAgent();
  await appAtAllSizes(app, "#4821", folder);
  await theEnd();
} finally {
  await customer.stop();
  await machine.stop();
}
await farAway(keep);

async function firstStart() {
  await app.window("start.html");
  await app.find("heading", "Who will be asking?");
  await shoot("first-start");
  await app.fill("Company name", "Hotel Adler");
  await app.fill("Your first name", "Mira");
  await app.fill("Contact name", "Front desk");
  await app.fill("Phone", "+43 1 555 0100");
  await app.click("button", "Continue");
  await app.fill("Passphrase", PASSPHRASE);
  await app.fill("Passphrase again", PASSPHRASE);
  await shoot("passphrase");
  await app.click("button", "Make the vault");
  await shoot("recovery-sheets", "Two recovery sheets");
  await app.click("checkbox", /printed/);
  await app.click("button", "Open Cloakroom");
  await app.window("index.html");
  await app.find("button", /^New request/);
  await shoot("empty-inbox");
}

/** Other tickets of the day, so that the inbox looks like one. */
async function tickets() {
  const more = [
    ["#4788", "ID document"], ["#4790", "ID and card"], ["#4795", "Payment card"], ["#4801", "ID document"],
    ["#4807", "ID and card"], ["#4813", "ID document"], ["#4816", "Payment card"],
  ];
  for (const [ticket, template] of more) {
    const link = await ask(app, ticket, template);
    await done(app);
    await app.find("heading", new RegExp(`^${ticket}`));
    if (["#4807", "#4813"].includes(ticket)) continue;
    await customer.open(link, ticket);
    if (template !== "Payment card") await customer.act("give_file", { slot: ID_SLOT, path: customer.file("id.pdf", letter(2, 300_000)) });
    if (template !== "ID document") await customer.act("give_card", CARD);
    await customer.act("send");
    await customer.act("wait_status", { contains: "Received by" });
    await customer.act("close");
  }
  // One is done, one closing, one was looked at.
  for (const ticket of ["#4788", "#4790"]) {
    await openTicket(app, ticket);
    await app.click("button", "Close ticket");
    await app.reads("What stays");
    await app.click("button", "Close ticket");
    await app.reads("Destroyed in");
  }
  await app.click("button", "Erase now");
  await app.click("button", /for good$/);
  await app.reads("Everything is destroyed.");
  await openTicket(app, "#4795");
  await app.click("button", "Reveal");
  await reveal(app, "Charge the card");
  await app.reads(CARD.holder);
  await app.press("Escape");
  await app.gone("reveal.html");
  await app.window("index.html");
}

async function theCustomer() {
  await app.click("button", /^New request/);
  await app.fill("Ticket", "#4821");
  await app.click("radio", /^ID and card/);
  await app.inFrame("What the customer sees", () => app.reads("#4821"));
  await shoot("new-request");
  await app.click("button", "Make the link");
  await app.find("textbox", "Message to the customer");
  await app.click("button", "Copy");
  await shoot("the-link", "Copied");
  const link = /https?:\/\/\S+#\S+/.exec(await (await app.find("textbox", "Message to the customer")).value())[0];
  await done(app);
  await shoot("request-waiting", "Nothing was sent yet.");

  await customer.open(link, "main");
  await pageAtAllSizes(customer, "asked", folder);
  await phone("who-asks");
  await phone("who-asks-whole", { fullPage: true });
  const page = customer.page();
  await customer.act("give_file", { slot: ID_SLOT, path: customer.file("ID card.jpg", await specimen()) });
  await customer.act("give_file", { slot: ID_SLOT, path: customer.file("ID card, other side.pdf", letter(1, 1_400_000)) });
  await page.getByRole("group", { name: ID_SLOT, exact: true }).scrollIntoViewIfNeeded();
  await phone("given");
  await page.getByLabel("Card number").fill("4111 1111 1111 1112");
  await page.getByLabel("Card number").blur();
  await page.getByLabel("Card number").scrollIntoViewIfNeeded();
  await phone("card-with-a-wrong-digit");
  await customer.act("give_card", CARD);
  await customer.act("wait_text", { contains: "Clear the card" });
  await phone("card");
  await phone("ready-whole", { fullPage: true });
  await pageAtAllSizes(customer, "ready", folder);
  await customer.act("cut_after", { requests: 6 });
  await customer.act("send");
  await customer.act("wait_status", { contains: "There is no connection." });
  await phone("no-connection");
  await app.click("button", /^Inbox/);
  await shoot("inbox-while-it-is-sent", "#4821");
  await customer.act("restore");
  await customer.act("wait_status", { contains: "Received by" });
  await phone("received");
  await phone("received-whole", { fullPage: true });
}

async function theAgent() {
  await app.find("row", /#4821.*Arrived/);
  await shoot("inbox");
  await app.click("button", /^Lock/);
  await app.window("unlock.html");
  await app.find("textbox", "Passphrase");
  await shoot("locked", "arrived");
  await unlock(app);
  await openTicket(app, "#4821");
  await shoot("request-masked", "411111");
  await app.press("Control", "k");
  await app.find("textbox", "Command or ticket");
  await shoot("palette");
  await app.press("Escape");

  await (await app.find("listitem", /JPEG picture/)).within("button", "Reveal");
  await app.window("reveal.html");
  await app.find("radio", "Check who they are");
  await shoot("reveal-why");
  await reveal(app);
  await app.find("img", ID_SLOT);
  await shoot("reveal-id");
  await app.press("Escape");
  await app.gone("reveal.html");
  await app.window("index.html");
  await (await app.find("listitem", /411111/)).within("button", "Reveal");
  await reveal(app, "Charge the card");
  await shoot("reveal-card", CARD.holder);
  await app.press("Escape");
  await app.gone("reveal.html");
  await app.window("index.html");
  for (const look of await app.all("button", /^Opened /)) await look.click();
  await shoot("looks", "Check who they are");
}

async function theEnd() {
  await app.click("button", "Charged, destroy now");
  await shoot("charged", "The card was charged");
  await app.click("button", "Destroy 1 card for good");
  await shoot("card-destroyed", /Certificate C/);
  await app.click("button", "Close ticket");
  await shoot("close", "What stays");
  await app.click("button", "Close ticket");
  await shoot("closing", "Destroyed in");
  await app.click("button", /^Inbox/);
  await shoot("inbox-closing", "#4821");
  await customer.act("wait_status", { contains: "will be deleted on" });
  await phone("closing-whole", { fullPage: true });

  await quit(app);
  machine.pass(72 * HOUR + 60);
  app = await machine.start();
  await unlock(app);
  await openTicket(app, "#4821", /^Done/);
  await shoot("destroyed", "Everything is destroyed.");
  await app.click("button", /^History/);
  await app.find("row", /#4821/);
  await shoot("history");
  await (await app.find("row", /#4821.*ticket was closed/)).within("button", /^Certificate/);
  await shoot("certificate", "Verified just now");
  await app.click("button", "Save as JSON");
  await shoot("certificate-saved", "Saved as");
  await customer.act("reload");
  await customer.act("wait_status", { contains: "Deleted on" });
  await phone("deleted");
  await phone("deleted-whole", { fullPage: true });
  await pageAtAllSizes(customer, "deleted", folder);
}

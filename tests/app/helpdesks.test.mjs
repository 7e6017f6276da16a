// Helpdesks in the settings of the app: added, tested, heard, told, removed. The token is shown nowhere.
import { afterEach, beforeEach, expect, test } from "vitest";
import { found, openMachine, until } from "./app.mjs";
import { giveSmall, openCustomer } from "./customer.mjs";
import { ask, command, done, openTicket } from "./journey.mjs";
import { keepPicture } from "./journey-failure.mjs";
import { addHelpdesk, openTracker, TOKEN } from "./tracker.mjs";

let machine;
let customer;
let tracker;
let app;
beforeEach(async () => {
  machine = await openMachine();
  customer = await openCustomer();
  tracker = await openTracker();
});
afterEach(async (context) => {
  await keepPicture(context, app);
  await tracker?.stop();
  await customer?.stop();
  await machine?.stop();
});

test("a helpdesk is added, ends what is held, is told so, and is removed", async () => {
  app = await machine.start();
  await found(app);
  tracker.set(4821, "open");
  await command(app, "Settings");
  await app.reads("There is none yet: tickets are closed by hand.");
  await addHelpdesk(app, tracker, "1-23-wrong");
  await app.find("alert", /does not know this token/);
  expect(await app.text()).not.toContain("1-23-wrong");
  await app.click("button", "Cancel");
  await addHelpdesk(app, tracker);
  await app.reads(/Front desk\s+Request Tracker/);
  await app.reads("No keychain took its token");
  await app.reads(/Answered/);
  // The view scrolls, the window around it does not.
  expect(await app.script("return document.documentElement.scrollHeight - innerHeight")).toBe(0);

  const link = await ask(app, "#4821");
  await done(app);
  await customer.open(link);
  await giveSmall(customer);
  await customer.act("send");
  await customer.act("wait_status", { contains: "Received by" });
  await app.window("index.html");
  await openTicket(app, "#4821");
  await app.reads(/we have received what you sent/);
  await until("two notes", () => tracker.comments.length === 2);
  expect(tracker.comments.join("\n")).not.toMatch(/4111|Ada/);

  tracker.set(4821, "resolved");
  await command(app, "Settings");
  await app.click("button", /^Open Front desk/);
  await app.find("dialog", "Front desk");
  await app.click("button", "Test the connection");
  await app.reads("Address and token are right.");
  await app.click("button", "Ask now");
  await app.reads("Asked just now.");
  await app.click("button", "Set up a webhook");
  await app.reads("Now enter it at the helpdesk.");
  await app.reads(/adds a scrip in Admin/);
  await app.click("button", "Copy the scrip");
  await app.reads("The scrip is copied.");
  expect(await app.text()).not.toContain(TOKEN);
  await app.click("button", "Done");
  await openTicket(app, "#4821");
  await app.reads(/Destroyed in/);

  await app.click("button", "Erase now");
  await app.click("button", /for good$/);
  await app.reads("Everything is destroyed.");
  await until("the third note", () => tracker.comments.length === 3);
  expect(tracker.comments[2]).toMatch(/^Cloakroom: deleted, certificate CR-[0-9A-F]{10}\.$/);
  await app.reads(/what you sent was deleted on/);

  await command(app, "Settings");
  await app.click("button", /^Open Front desk/);
  await app.click("button", "Remove …");
  await app.click("button", "Remove Front desk");
  await app.reads("There is none yet: tickets are closed by hand.");
  expect(app.log()).not.toContain(TOKEN);
});

test("a card number is no ticket, and says so", async () => {
  app = await machine.start();
  await found(app);
  await app.click("button", /^New request/);
  await app.fill("Ticket", "4111111111111111");
  await app.click("button", "Make the link");
  await app.reads(/looks like a card number/);
});

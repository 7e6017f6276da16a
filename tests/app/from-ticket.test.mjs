// From the ticket: a link, or a command line, opens the composer filled in, and does nothing else.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { binary, found, openMachine, unlock, until } from "./app.mjs";
import { keepPicture } from "./journey-failure.mjs";
import { ended } from "./screen.mjs";

let machine;
let app;
let bus;
let session;
beforeEach(async () => {
  machine = await openMachine();
  // A second start finds the first one over the session's bus.
  bus = spawn("dbus-daemon", ["--session", "--nofork", "--print-address"], { env: machine.env, stdio: ["ignore", "pipe", "ignore"] });
  const address = await new Promise((said) => createInterface({ input: bus.stdout }).once("line", said));
  session = { DBUS_SESSION_BUS_ADDRESS: address };
});
afterEach(async (context) => {
  await keepPicture(context, app);
  await app?.close();
  // What it started beside the app has mounts in the home that goes away.
  await ended(bus);
  await machine?.stop();
});

/** A second start, as the desktop makes it for a link: it hands over and ends. */
function again(...words) {
  const child = spawn(binary, ["--data-dir", app.folder, ...words], { env: { ...machine.env, ...session }, stdio: "ignore" });
  return new Promise((gone) => child.once("exit", gone));
}

async function isFilledIn(ticket, template) {
  await app.window("index.html");
  await app.find("heading", "New request");
  await until("the ticket", async () => (await (await app.find("textbox", "Ticket")).value()) === ticket);
  await app.find("radio", new RegExp(`^${template}`));
  expect(await app.script("return document.querySelector('input[type=radio]:checked').value")).toBe(
    { "ID document": "id-document", "Payment card": "card-once" }[template],
  );
}

test("a link or a command line fills in a new request, and nothing is sent", async () => {
  app = await machine.start("desk", session);
  await found(app);
  await app.find("button", /^New request/);
  await again("cloakroom://request?ticket=4821&template=card-once");
  await isFilledIn("4821", "Payment card");
  await again("request", "--ticket", "#4822", "--template", "id-document");
  await app.reads("New request");
  await isFilledIn("#4822", "ID document");
  await app.click("button", "Cancel");
  await app.click("button", /^Inbox/);
  expect(await app.text()).not.toContain("4821");

  for (const [words, said] of [
    [["cloakroom://request?ticket=4821&send=yes"], /not one Cloakroom knows/],
    [["cloakroom://request?ticket=48%2021"], /names no ticket/],
    [["request", "--ticket", "1", "--template", "everything"], /template that this Cloakroom does not have/],
    [["erase"], /not one Cloakroom knows/],
  ]) {
    await again(...words);
    await app.reads(said);
    expect(await app.text()).not.toMatch(/48%20|everything/);
    await app.click("button", "Dismiss");
  }
});

test("a locked app keeps it until it is unlocked", async () => {
  app = await machine.start("desk", session);
  await found(app);
  await app.click("button", /^Lock/);
  await app.window("unlock.html");
  await again("cloakroom://request?ticket=77&template=id-document");
  expect(await app.text()).not.toContain("77");
  await unlock(app);
  await isFilledIn("77", "ID document");
  await app.close();

  app = await machine.start("desk", session, ["request", "--ticket", "78"]);
  await unlock(app);
  await app.find("heading", "New request");
  expect(await (await app.find("textbox", "Ticket")).value()).toBe("78");
});

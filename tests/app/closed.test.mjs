// The window closed and the app killed in the middle of things: nothing is lost, nothing stays open, purges finish.
import { spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { found, openMachine, unlock, until } from "./app.mjs";
import { closeWindow, countWindows } from "./closed-window.mjs";
import { giveSmall, ID_SLOT, letter, openCustomer } from "./customer.mjs";
import { ask, done, openTicket, reveal } from "./journey.mjs";
import { processTree, runs } from "./memory-search.mjs";
import { ended } from "./screen.mjs";

const CARD = { number: "4111 1111 1111 1111", month: "9", year: "2031", holder: "Ada Example" };

let machine;
let customer;
let app;
beforeAll(async () => {
  machine = await openMachine();
  customer = await openCustomer();
  app = await machine.start();
  await found(app);
});
afterEach(async () => {
  await customer.act("restore");
});
afterAll(async () => {
  await customer?.stop();
  await machine?.stop();
});

/** As a power cut would. */
async function kill() {
  for (const { pid } of processTree(app.folder).slice(0, 1)) process.kill(Number(pid), "SIGKILL");
  await gone();
}

/** The app is not there any more, whoever ended it. */
async function gone() {
  await until("end of the app", () => !runs(app.folder));
  await app.close();
}

async function again(env = {}) {
  app = await machine.start("desk", env);
  await app.window("unlock.html");
}

async function askFor(ticket, template) {
  await app.window("index.html");
  const link = await ask(app, ticket, template);
  await done(app);
  return link;
}

/** A card arrived for a ticket, and its request is open in the main window. */
async function cardArrived(ticket) {
  const link = await askFor(ticket, "Payment card");
  await customer.open(link, ticket);
  await customer.act("give_card", { tab: ticket, ...CARD });
  await customer.act("send", { tab: ticket });
  await customer.act("wait_status", { tab: ticket, contains: "Received by" });
  await openTicket(app, ticket);
  await app.reads("411111••••••1111");
}

async function revealCard() {
  await app.window("index.html");
  await app.click("button", "Reveal");
  await reveal(app, "Charge the card");
  await until("card on the screen", () => app.script("return document.querySelectorAll('.number li').length === 4"));
}

/** What the request says of who opened it, most recent first: for how long. */
async function howLong(ticket, times) {
  await app.window("index.html");
  await openTicket(app, ticket);
  await app.click("button", new RegExp(`^Opened ${times}`));
  return () => app.script(`return [...document.querySelectorAll("tbody tr")].map((row) => row.cells[row.cells.length - 2].textContent.trim())`);
}

/** So many windows, once the window manager has heard of them. */
function shows(count) {
  return until(`${count} windows`, async () => (await countWindows(machine.display)) === count);
}

/** An upload that a bad line stopped midway. */
async function stoppedMidway(ticket) {
  const link = await askFor(ticket, "ID and card");
  await customer.open(link, ticket);
  await customer.act("give_file", { tab: ticket, slot: ID_SLOT, path: customer.file("lease.pdf", letter(2, 6_000_000)) });
  await customer.act("give_card", { tab: ticket, ...CARD });
  await customer.act("cut_after", { requests: 3 });
  await customer.act("send", { tab: ticket });
  await customer.act("wait_cut");
}

async function sentInTheEnd(ticket) {
  await customer.act("restore");
  await customer.act("reload", { tab: ticket });
  await customer.act("wait_status", { tab: ticket, contains: "Received by", timeout: 60_000 });
}

test("closed while a customer sends: it locks, goes on behind, and takes in what comes", async () => {
  await stoppedMidway("#81");
  await closeWindow(machine.display);
  await shows(0);
  expect(runs(app.folder)).toBe(true);
  await sentInTheEnd("#81");
  await kill();
  await again();
  await app.reads("1 arrived");
  await unlock(app);
  await openTicket(app, "#81");
  const text = await app.reads("411111••••••1111");
  expect(text).toContain("PDF · 6.0 MB");
});

test("killed while a customer sends: the page sends the rest once it is back", async () => {
  await stoppedMidway("#82");
  await kill();
  await again();
  await sentInTheEnd("#82");
  await unlock(app);
  await openTicket(app, "#82");
  const text = await app.reads("411111••••••1111");
  expect(text).toContain("PDF · 6.0 MB");
});

test.each(["blobs.finished-one", "blobs.synced", "collect.committed"])(
  "killed while collecting, at %s: nothing is lost",
  async (point) => {
    const ticket = `#83-${point}`;
    const link = await askFor(ticket, "ID and card");
    await customer.open(link, ticket);
    await giveSmall(customer, ticket);
    await kill();
    await again({ CLOAKROOM_CRASH_AT: point });
    await customer.act("send", { tab: ticket });
    await gone();
    await again();
    await customer.act("reload", { tab: ticket });
    await customer.act("wait_status", { tab: ticket, contains: "Received by", timeout: 60_000 });
    await unlock(app);
    await openTicket(app, ticket);
    await app.reads("411111••••••1111");
    await app.click("button", "Charged, destroy now");
    await app.click("button", "Destroy 1 card for good");
    await app.reads(/Certificate CR-/);
  },
);

test.each(["purge.intended", "rotate.keyring-written", "rotate.committed", "purge.recorded", "purge.bytes-removed"])(
  "killed while destroying, at %s: the purge finishes",
  async (point) => {
    const ticket = `#84-${point}`;
    await cardArrived(ticket);
    await kill();
    await again({ CLOAKROOM_CRASH_AT: point });
    await unlock(app);
    await openTicket(app, ticket);
    await app.click("button", "Charged, destroy now");
    // The app ends in the midst of this.
    await app.click("button", "Destroy 1 card for good").catch(() => undefined);
    await gone();
    await again();
    await unlock(app);
    await openTicket(app, ticket, /^Done/);
    const text = await app.reads(/Certificate CR-/);
    expect(text).toContain("Destroyed");
    expect(text).not.toContain("411111");
    await customer.act("wait_status", { tab: ticket, contains: "Deleted on" });
  },
);

test("closed while destroying: it goes on without a window", async () => {
  await cardArrived("#85");
  await app.click("button", "Charged, destroy now");
  await app.click("button", "Destroy 1 card for good");
  await closeWindow(machine.display);
  await shows(0);
  await customer.act("wait_status", { tab: "#85", contains: "Deleted on" });
  await kill();
  await again();
  await unlock(app);
  await openTicket(app, "#85", /^Done/);
  await app.reads(/Certificate CR-/);
});

test("a reveal that was closed is covered; one that was killed is said to be open-ended", async () => {
  await cardArrived("#86");
  await revealCard();
  await shows(2);
  await closeWindow(machine.display, { which: "smallest" });
  await app.gone("reveal.html");
  await expect.poll(await howLong("#86", "once")).toEqual([expect.stringMatching(/^\d+ s$/)]);

  // With the main window goes whatever is revealed beside it.
  await revealCard();
  await shows(2);
  await closeWindow(machine.display, { which: "largest" });
  await shows(0);
  await kill();
  await again();
  await unlock(app);
  await expect.poll(await howLong("#86", "twice")).toEqual([expect.stringMatching(/^\d+ s$/), expect.stringMatching(/^\d+ s$/)]);

  await revealCard();
  await kill();
  await again();
  await shows(1);
  await unlock(app);
  await expect.poll(await howLong("#86", "3 times")).toEqual([
    "End not recorded",
    expect.stringMatching(/^\d+ s$/),
    expect.stringMatching(/^\d+ s$/),
  ]);
  await kill();
});

test("with a session bus, a second start brings the first one's window back, and each folder has its own", async () => {
  const bus = spawn("dbus-daemon", ["--session", "--nofork", "--print-address=1"], {
    env: machine.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const address = await new Promise((resolve, reject) => {
      bus.once("error", () => reject(new Error("dbus-daemon did not start. Install the package dbus.")));
      createInterface({ input: bus.stdout }).once("line", resolve);
    });
    const env = { DBUS_SESSION_BUS_ADDRESS: address };
    await again(env);
    await unlock(app);
    await shows(1);
    await closeWindow(machine.display);
    await shows(0);
    expect(await startAnother(app.folder, env)).toBe(0);
    await shows(1);
    // It locked when it was closed.
    await unlock(app);
    expect(await startAnother(app.folder, env)).toBe(0);
    await shows(1);
    await app.window("index.html");

    const other = await machine.start("another", env);
    await other.window("start.html");
    await shows(2);
    await other.close();
    await kill();
  } finally {
    await ended(bus);
  }
});

/** Starts the app on a folder as a person does, and answers how it ended. */
async function startAnother(folder, env) {
  const [program] = processTree(folder).slice(0, 1);
  const child = spawn(readlinkSync(`/proc/${program.pid}/exe`), ["--data-dir", folder], {
    env: { ...machine.env, ...env },
    stdio: "ignore",
  });
  const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const [code] = await new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
  clearTimeout(late);
  return code;
}

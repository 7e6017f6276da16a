// The app on bad days: it says what happened and what to do, changes nothing meanwhile, and goes on once it is mended.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { found, openMachine, unlock, until } from "./app.mjs";
import { ID_SLOT, letter, openCustomer } from "./customer.mjs";
import { keepPicture } from "./journey-failure.mjs";
import { ask, done, openTicket } from "./journey.mjs";
import { processTree, runs } from "./memory-search.mjs";
import { damage, fingerprints, keyring, smallDisk, takePort } from "./troubles-folder.mjs";

const CARD = { number: "4111 1111 1111 1111", month: "9", year: "2031", holder: "Ada Example" };

let machine;
let customer;
let folder;
let app;
/** What the test leaves behind, taken away once its app has ended. */
const afterwards = [];

beforeAll(async () => {
  machine = await openMachine();
  customer = await openCustomer();
  app = await machine.start();
  folder = app.folder;
  await found(app);
  await ask(app, "#71", "Payment card");
  await done(app);
  await close();
});
afterAll(async () => {
  await customer?.stop();
  await machine?.stop();
});
afterEach(async (context) => {
  await keepPicture(context, app);
  await close();
  for (const away of afterwards.splice(0)) away();
});

/** Ends the app as a power cut would, and waits until it let go of the folder. */
async function close(session = app) {
  await session.close();
  await until("end of the app", () => !runs(session.folder));
}

/** Started on the folder as it is: the window says this, and "Try again" does not help before it is mended. */
async function isInTrouble(words, { opened = false } = {}) {
  const before = fingerprints(folder, { opened });
  app = await machine.start();
  await app.window("trouble.html");
  await app.find("heading", "Cloakroom did not start");
  await app.reads(words);
  await app.click("button", "Try again");
  await app.reads("Tried again once; it still does not start.");
  await app.reads(words);
  expect(fingerprints(folder, { opened })).toEqual(before);
}

/** Mended: the same window goes on to the lock screen, and everything is there. */
async function goesOn() {
  await app.find("button", "Try again");
  await app.click("button", "Try again");
  await unlock(app);
  expect(await app.has("trouble.html")).toBe(false);
  await app.window("index.html");
  await openTicket(app, "#71");
  await app.reads("Nothing was sent yet.");
}

test("another program has the relay's port", async () => {
  const port = Number(/relay_port = (\d+)/.exec(readFileSync(join(folder, "desk.toml"), "utf8"))[1]);
  const release = await takePort(port);
  try {
    await isInTrouble(new RegExp(`port ${port} of this computer is used by another program`, "i"), { opened: true });
    expect(await app.text()).toMatch(/close that program/i);
  } finally {
    await release();
  }
  await goesOn();
  // The port is still the one that links name.
  expect(readFileSync(join(folder, "desk.toml"), "utf8")).toContain(`relay_port = ${port}`);
});

test("another Cloakroom has the vault", async () => {
  const first = await machine.start();
  await first.window("unlock.html");
  const [{ pid }] = processTree(folder);
  await isInTrouble(/Another Cloakroom is using this vault/);
  expect(await app.text()).not.toContain("nothing is collected");
  await first.close();
  await until("end of the first", () => !existsSync(`/proc/${pid}`));
  await goesOn();
});

test("the keyring is damaged", async () => {
  const mend = damage(keyring(folder));
  await isInTrouble(/keyring of this vault is damaged.*Nothing was changed/is);
  mend();
  await goesOn();
});

test("the settings file is not one", async () => {
  const path = join(folder, "desk.toml");
  const whole = readFileSync(path);
  writeFileSync(path, "relay_port = { this is not");
  await isInTrouble(/settings file desk\.toml cannot be read/, { opened: true });
  writeFileSync(path, whole);
  await goesOn();
});

test("the settings file cannot be read at all", async () => {
  const path = join(folder, "desk.toml");
  const whole = readFileSync(path);
  rmSync(path);
  mkdirSync(path);
  app = await machine.start();
  await app.window("trouble.html");
  await app.reads(/settings file desk\.toml cannot be read/);
  rmSync(path, { recursive: true });
  writeFileSync(path, whole);
  await goesOn();
});

test("the disk is full: said, nothing lost, and it goes on by itself once there is room", async () => {
  const disk = smallDisk(join(machine.home, "small"), "48m", "a full disk under the app");
  if (!disk) return;
  try {
    app = await machine.start("small");
    await found(app);
    const link = await ask(app, "#72", "ID and card");
    await done(app);
    await customer.open(link);
    await customer.act("give_file", { slot: ID_SLOT, path: customer.file("lease.pdf", letter(2, 6_000_000)) });
    await customer.act("give_card", CARD);
    // Room for the relay's copy, and not for the vault's beside it.
    disk.fill(9_000_000);
    await customer.act("send");
    await app.window("index.html");
    await app.reads(/disk is full/i);
    // A person who goes on working on a disk without any room is told where they work, and the window stays.
    disk.fill();
    await app.click("button", /^New request/);
    await app.fill("Ticket", "#73");
    await app.click("radio", /^Payment card/);
    // Once more: what another try to take it in had written meanwhile may be room again.
    disk.fill();
    await app.click("button", "Make the link");
    await app.find("alert", /disk is full/i);
    disk.makeRoom();
    await customer.act("wait_status", { contains: "Received by", timeout: 120_000 });
    expect((await customer.act("text")).text).not.toMatch(/disk/i);
    await openTicket(app, "#72");
    await app.reads("411111••••••1111");
    await until("end of the trouble", async () => !/disk is full/i.test(await app.text()), 120_000);

    // Started on a full disk.
    await close();
    disk.fill();
    app = await machine.start("small");
    await until("a window that says something", async () => (await app.has("trouble.html")) || (await app.has("unlock.html")));
    if (await app.has("trouble.html")) {
      await app.window("trouble.html");
      await app.reads(/disk is full/i);
      disk.makeRoom();
      await app.click("button", "Try again");
    } else {
      disk.makeRoom();
    }
    await unlock(app);
    await openTicket(app, "#72");
    await app.reads("411111••••••1111");
  } finally {
    afterwards.push(disk.unmount);
  }
});

test("a wrong passphrase; ten of them lock for half an hour, also across a restart", async () => {
  app = await machine.start();
  await app.window("unlock.html");
  const wrong = async () => {
    await app.fill("Passphrase", "not this one, is it?");
    await app.click("button", "Unlock");
    return until("answer", async () => {
      const text = await app.text();
      return /does not open the vault/.test(text) || /Too many wrong/.test(text) ? text : null;
    });
  };
  for (let tries = 0; tries < 9; tries += 1) {
    const said = await wrong();
    expect(said).toContain("This passphrase does not open the vault. Check for Caps Lock and try again.");
    expect(said).not.toContain("not this one");
    await app.find("button", "Unlock");
    if (tries === 4) {
      // A restart does not start the count anew.
      await close();
      app = await machine.start();
      await app.window("unlock.html");
    }
  }
  const last = await wrong();
  if (!/Too many wrong/.test(last)) await wrong();
  const locked = async () => {
    const text = await app.reads("Too many wrong passphrases");
    expect(text).toMatch(/Try again at \d+ \w+ \d{4},? (at )?\d\d:\d\d/);
    expect(text).toMatch(/(29|30) min( \d+ s)? left/);
    expect(text).toContain("Meanwhile things arrive");
    expect(await app.look("textbox", "Passphrase")).toBe(null);
  };
  await locked();
  await close();
  app = await machine.start();
  await app.window("unlock.html");
  await locked();
  await close();
  machine.pass(30 * 60 + 1);
  app = await machine.start();
  await unlock(app);
  await openTicket(app, "#71");
});

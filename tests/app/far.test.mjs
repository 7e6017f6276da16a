// The whole job as it is in the world: the relay on another computer behind TLS, the customer's browser on a third, the
// ticket in a real Request Tracker. Once through, once reopened in the grace, once merged, once with the desk off at the
// close, once with the desk off past the term.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { paper } from "../browser/pictures.mjs";
import { found, unlock } from "./app.mjs";
import { CARD, ID_SLOT, passport } from "./customer.mjs";
import { askHelpdesk, enrol, noted, openFarCustomer } from "./elsewhere.mjs";
import { ask, done, look, openTicket, quit, reveal } from "./journey.mjs";
import { addHelpdesk } from "./tracker.mjs";
import { testElsewhere } from "./test-elsewhere.mjs";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** The sample passport's quarters, upright. */
const COLOURS = ["blue", "red", "white", "green"];
let elsewhere;
let machine;
let customer;
let app;

const test = testElsewhere(
  async (...there) => {
    [elsewhere, machine] = there;
    customer = await openFarCustomer(elsewhere);
    return customer;
  },
  () => app,
);

/** Time passes here and at the relay. */
async function pass(seconds) {
  machine.pass(seconds);
  await elsewhere.tell("pass", { seconds });
}

function start() {
  return machine.start("desk", { SSL_CERT_FILE: elsewhere.authority });
}

/** A desk that knows relay and helpdesk, and a ticket with what the customer sent for it. */
async function arrived() {
  app = await start();
  await found(app);
  const { code } = await elsewhere.tell("code");
  await enrol(app, elsewhere.relay, code);
  await app.reads(/Connected\. New requests are made on/);
  await addHelpdesk(app, elsewhere.tracker, elsewhere.tracker.token);
  await app.reads(/Front desk\s+Request Tracker/);
  const { ticket } = await elsewhere.tell("ticket", { subject: "A booking that needs an ID" });
  const link = await ask(app, `#${ticket}`);
  expect(link.startsWith(elsewhere.relay)).toBe(true);
  await done(app);
  await noted(elsewhere, ticket, /^Cloakroom: requested/);
  await customer.open(link);
  await customer.act("give_file", { slot: ID_SLOT, path: customer.file("passport.jpg", await passport()) });
  await customer.act("give_file", { slot: ID_SLOT, path: customer.file("letter.pdf", paper(2)) });
  await customer.act("give_card", CARD);
  await customer.act("send");
  await customer.act("wait_status", { contains: "Received by Hotel Adler" });
  await app.window("index.html");
  await openTicket(app, `#${ticket}`);
  await app.reads("411111••••••1111");
  await noted(elsewhere, ticket, /^Cloakroom: received/);
  return { ticket, name: `#${ticket}`, link };
}

async function resolve(ticket) {
  await elsewhere.tell("status", { ticket, status: "resolved" });
}

/** The agent resolves it at the helpdesk, and the desk hears so. */
async function closes(of) {
  await resolve(of.ticket);
  await askHelpdesk(app, "Front desk");
  await openTicket(app, of.name);
  await app.reads("Destroyed in");
}

/** A while with the desk off, and its person is back. */
async function away(seconds) {
  await quit(app);
  await pass(seconds);
  app = await start();
  await unlock(app);
}

/** The picture of the open request can be seen; answers its colours. */
async function opens() {
  await (await app.find("listitem", /JPEG picture/)).within("button", "Reveal");
  await reveal(app);
  await app.find("img", ID_SLOT);
  const { colours } = await look(app);
  await app.press("Escape");
  await app.gone("reveal.html");
  await app.window("index.html");
  return colours;
}

/** Nothing of the customer's, and no key to it, is where others than the desk could have seen it. */
async function nothingIsLeftElsewhere({ ticket, link }) {
  const { comments } = await elsewhere.tell("comments", { ticket });
  const { seen } = await elsewhere.tell("seen", { ticket });
  const { log } = await elsewhere.tell("log");
  const secret = new URL(link).hash.slice(1);
  expect(comments.join("\n")).not.toMatch(/4111|Ada/);
  // Notes are internal: the customer reads none of them in the ticket.
  expect(seen.join("\n")).not.toContain("Cloakroom");
  for (const text of [comments.join("\n"), log]) expect(text).not.toContain(secret);
  const files = readdirSync(elsewhere.store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name));
    for (const text of [secret, "Ada Example", "4111111111111111", elsewhere.tracker.token]) {
      expect(bytes.includes(text), `${name} at the relay`).toBe(false);
    }
  }
}

/** What the ticket, the desk and the customer read at the end. */
async function isPurged(of) {
  await openTicket(app, of.name, /^Done/);
  await app.reads("Everything is destroyed.");
  await customer.act("wait_status", { contains: "Deleted on" });
  await noted(elsewhere, of.ticket, /^Cloakroom: deleted, certificate CR-[0-9A-F]{10}\.$/);
  await nothingIsLeftElsewhere(of);
}

test("resolved in Request Tracker: revealed, purged after the grace, noted, and told to the customer", async () => {
  const it = await arrived();
  expect(await opens()).toEqual(COLOURS);
  await closes(it);
  await customer.act("wait_status", { contains: "Deletion begins on" });
  await away(72 * HOUR + 60);
  await isPurged(it);
});

test("reopened within the grace: nothing is purged, until it is resolved for good", async () => {
  const it = await arrived();
  await closes(it);
  await elsewhere.tell("status", { ticket: it.ticket, status: "open" });
  await askHelpdesk(app, "Front desk");
  await openTicket(app, it.name);
  await app.reads("411111••••••1111");
  expect(await app.text()).not.toContain("Destroyed in");
  // The card's grace is long over, the longest time for cards is not.
  await away(71 * HOUR);
  await openTicket(app, it.name);
  await app.reads("411111••••••1111");
  expect(await opens()).toEqual(COLOURS);

  await closes(it);
  await away(72 * HOUR + 60);
  await isPurged(it);
});

test("merged into another ticket: it moves there, stays open, and ends with that one", async () => {
  const it = await arrived();
  const { ticket: into } = await elsewhere.tell("ticket", { subject: "The same booking, once more" });
  await elsewhere.tell("merge", { from: it.ticket, into });
  await askHelpdesk(app, "Front desk");
  await openTicket(app, `#${into}`);
  await app.reads("411111••••••1111");
  expect(await app.text()).not.toContain("Destroyed in");

  const there = { ...it, ticket: into, name: `#${into}` };
  await closes(there);
  await away(72 * HOUR + 60);
  await isPurged(there);
});

test("resolved while the desk is off: it hears so when it comes back, and purges", async () => {
  const it = await arrived();
  await quit(app);
  await resolve(it.ticket);
  await pass(10 * DAY);
  app = await start();
  await unlock(app);
  await isPurged(it);
});

test("off past the term: nothing opens any more, with everything this computer has", async () => {
  const it = await arrived();
  await quit(app);
  // The relay's time alone: this computer's clock was stopped, or set back.
  await elsewhere.tell("pass", { seconds: 60 * DAY });
  app = await start();
  await unlock(app);
  await openTicket(app, it.name);
  await app.reads("The relay no longer has its part of the key, so this cannot be opened any more.");
  await app.reads("Nothing of it opens any more. Ask again if you still need it.");
  expect(await app.all("button", "Reveal")).toEqual([]);
  expect(await app.text()).not.toContain("411111");
  await quit(app);

  machine.pass(60 * DAY);
  app = await start();
  await unlock(app);
  await app.click("button", /^History/);
  await app.find("row", new RegExp(`${it.name}.*longest time`));
  await customer.act("wait_status", { contains: "Deleted on" });
  await noted(elsewhere, it.ticket, /^Cloakroom: deleted, certificate CR-[0-9A-F]{10}\.$/);
  await nothingIsLeftElsewhere(it);
});

// The tour's second part: the same job with the relay on another computer behind TLS, the customer's browser on a third,
// and the ticket in a real Request Tracker; reopened once, and once the desk was off past the term.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { found, openMachine, unlock } from "./app.mjs";
import { CARD, ID_SLOT } from "./customer.mjs";
import { askHelpdesk, enrol, noted, openElsewhere, openFarCustomer } from "./elsewhere.mjs";
import { ask, command, done, openTicket, quit, reveal } from "./journey.mjs";
import { addHelpdesk } from "./tracker.mjs";
import { settled } from "./tour-sizes.mjs";
import { specimen } from "./tour-specimen.mjs";

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Plays it, and hands each picture to `keep(name, bytes)`. */
export async function farAway(keep) {
  const elsewhere = await openElsewhere();
  if (!elsewhere) return;
  const pictures = mkdtempSync(join(tmpdir(), "cloakroom-tour-"));
  const machine = await openMachine("1400x1000");
  const customer = await openFarCustomer(elsewhere);
  const start = () => machine.start("desk", { SSL_CERT_FILE: elsewhere.authority });
  let app = await start();

  async function shoot(name, says) {
    if (says) await app.reads(says);
    await settled(app);
    keep(`far-${name}`, await app.picture());
  }
  async function phone(name, says) {
    if (says) await customer.act("wait_status", { contains: says });
    const path = join(pictures, "page.png");
    await customer.act("screenshot", { path, whole: false });
    keep(`far-customer-${name}`, readFileSync(path));
  }
  async function pass(seconds) {
    await quit(app);
    machine.pass(seconds);
    await elsewhere.tell("pass", { seconds });
    app = await start();
    await unlock(app);
  }
  /** A ticket in Request Tracker, and what its customer gave. */
  async function collected(subject) {
    const { ticket } = await elsewhere.tell("ticket", { subject });
    const link = await ask(app, `#${ticket}`);
    await shoot("link", "Message to the customer");
    await done(app);
    await customer.open(link);
    await customer.act("give_file", { slot: ID_SLOT, path: customer.file("ID card.jpg", await specimen()) });
    await customer.act("give_card", CARD);
    await customer.act("send");
    await phone("received", "Received by");
    await app.window("index.html");
    await openTicket(app, `#${ticket}`);
    await shoot("arrived", "411111");
    return ticket;
  }
  async function resolve(ticket, status = "resolved") {
    await elsewhere.tell("status", { ticket, status });
    await askHelpdesk(app, "Front desk");
    await openTicket(app, `#${ticket}`);
  }

  try {
    await found(app);
    await enrol(app, elsewhere.relay, "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
    await app.find("alert", /code/);
    await shoot("a-wrong-code");
    await enrol(app, elsewhere.relay, (await elsewhere.tell("code")).code);
    await shoot("relay-connected", /Connected\. New requests are made on/);
    await addHelpdesk(app, elsewhere.tracker, elsewhere.tracker.token);
    await shoot("helpdesk-added", /Front desk\s+Request Tracker/);

    const first = await collected("A booking that needs an ID");
    await (await app.find("listitem", /JPEG picture/)).within("button", "Reveal");
    await reveal(app);
    await app.find("img", ID_SLOT);
    await shoot("revealed");
    await app.press("Escape");
    await app.gone("reveal.html");
    await app.window("index.html");
    await resolve(first);
    await shoot("resolved-in-request-tracker", "Destroyed in");
    await phone("ticket-closed", "Deletion begins on");
    await resolve(first, "open");
    await shoot("reopened-in-the-grace", "411111");
    await resolve(first);
    await app.reads("Destroyed in");
    await pass(72 * HOUR + 60);
    await openTicket(app, `#${first}`, /^Done/);
    await shoot("destroyed", "Everything is destroyed.");
    await phone("deleted", "Deleted on");
    const notes = await noted(elsewhere, first, /^Cloakroom: deleted/);
    process.stdout.write(`Request Tracker's ticket #${first} reads:\n  ${notes.join("\n  ")}\n`);

    const second = await collected("Closed while the desk was off");
    await elsewhere.tell("status", { ticket: second, status: "resolved" });
    await pass(10 * DAY);
    await openTicket(app, `#${second}`, /^Done/);
    await shoot("closed-while-off", "Everything is destroyed.");

    const third = await collected("Off past the term");
    await quit(app);
    await elsewhere.tell("pass", { seconds: 60 * DAY });
    app = await start();
    await unlock(app);
    await openTicket(app, `#${third}`);
    await shoot("off-past-the-term", "cannot be opened any more");
    await command(app, "Settings");
    await app.reads("Its clock");
    await app.script("document.getElementById('settings-relay').scrollIntoView()");
    await shoot("helpdesk-and-relay-afterwards");
  } finally {
    await customer.stop();
    await machine.stop();
    await elsewhere.stop();
    rmSync(pictures, { recursive: true });
  }
}

// A relay that is gone for good: what was made on it ends by itself, and then a supervisor lets go of it, which claims no
// more than is known.
import { expect } from "vitest";
import { found, unlock } from "./app.mjs";
import { CARD } from "./customer.mjs";
import { enrol, openFarCustomer } from "./elsewhere.mjs";
import { ask, command, done, openTicket, quit } from "./journey.mjs";
import { testElsewhere } from "./test-elsewhere.mjs";

const DAY = 24 * 3_600;
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

async function start() {
  app = await machine.start("desk", { SSL_CERT_FILE: elsewhere.authority });
}

/** So much later, with the desk off meanwhile. */
async function later(seconds) {
  await quit(app);
  machine.pass(seconds);
  await start();
  await unlock(app);
}

test("a relay that is gone is let go of once all on it has ended", async () => {
  await start();
  await found(app);
  const { code } = await elsewhere.tell("code");
  await enrol(app, elsewhere.relay, code);
  await app.reads(/Connected\. New requests are made on/);
  const link = await ask(app, "#4821", "Payment card: charge once");
  await done(app);
  await customer.open(link);
  await customer.act("give_card", CARD);
  await customer.act("send");
  await customer.act("wait_status", { contains: "Received by Hotel Adler" });
  await openTicket(app, "#4821");
  await app.reads("411111••••••1111");

  // New requests go elsewhere, and the server does not come back.
  await command(app, "Settings");
  await app.click("radio", /^This computer/);
  await app.click("button", "Use this computer");
  await app.reads("New requests are made elsewhere.");
  await elsewhere.stop();
  await later(DAY);
  await command(app, "Settings");
  await app.reads(/If it is gone for good: everything on it ends by itself by/);
  expect(await app.all("button", /^Let go of/)).toEqual([]);

  // A month and another: a clock that is further ahead is not believed at once.
  await later(30 * DAY);
  await later(30 * DAY);
  await app.click("button", /^History/);
  await app.reads("Not finished");
  await command(app, "Settings");
  await app.reads("It has not confirmed that it holds nothing any more.");
  await app.click("button", /^Let go of/);
  await app.reads(/^(?![\s\S]*Let go of)/);
  await app.click("button", /^History/);
  await app.reads(/^(?![\s\S]*Not finished)[\s\S]*#4821/);
  const row = await app.find("row", /#4821/);
  await row.within("button", /^Certificate/);
  await app.reads("the relay was gone for good and did not confirm that its copy is, which no key opens");
  await app.reads("Verified just now");
});

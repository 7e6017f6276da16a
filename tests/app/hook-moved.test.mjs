// The address of a webhook is the relay's: a desk that moves to another says where the new one is to be entered.
import { expect } from "vitest";
import { found } from "./app.mjs";
import { enrol } from "./elsewhere.mjs";
import { command } from "./journey.mjs";
import { testElsewhere } from "./test-elsewhere.mjs";
import { addHelpdesk } from "./tracker.mjs";

let elsewhere;
let machine;
let app;

const test = testElsewhere(
  async (...there) => {
    [elsewhere, machine] = there;
  },
  () => app,
);

test("a webhook that still goes to the server of before is named, with the new address beside it", async () => {
  app = await machine.start("desk", { SSL_CERT_FILE: elsewhere.authority });
  await found(app);
  await command(app, "Settings");
  await addHelpdesk(app, elsewhere.tracker, elsewhere.tracker.token);
  await app.reads(/Front desk\s+Request Tracker/);
  await app.click("button", /^Open Front desk/);
  await app.click("button", "Set up a webhook");
  await app.reads("Now enter it at the helpdesk.");
  await app.click("button", "Done");
  expect(await app.text()).not.toContain("earlier server");

  const { code } = await elsewhere.tell("code");
  await enrol(app, elsewhere.relay, code);
  await app.reads(/Connected\. New requests are made on/);
  // What has nothing left is let go of without a word.
  await app.reads(/^(?![\s\S]*Let go of)(?![\s\S]*is destroyed here)/);
  await app.reads("Its webhook goes to an earlier server: open it, and enter the new address there.");
  await app.click("button", /^Open Front desk/);
  await app.reads("The address changed with the server.");
  expect(await (await app.find("textbox", "Address")).value()).toMatch(`${elsewhere.relay}/hooks/`);
});

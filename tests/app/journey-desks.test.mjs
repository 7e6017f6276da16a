// Two desks beside each other on one machine, and one desk started twice.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { found, openMachine, PASSPHRASE, unlock } from "./app.mjs";
import { giveSmall, openCustomer } from "./customer.mjs";
import { ask, done, quit } from "./journey.mjs";

let machine;
let customer;

beforeAll(async () => {
  machine = await openMachine();
  customer = await openCustomer();
});
afterAll(async () => {
  await customer?.stop();
  await machine?.stop();
});

test("two desks: a vault, a relay and a customer each", async () => {
  const [one, other] = [await machine.start("one"), await machine.start("other")];
  await found(one, { company: "Hotel Adler", person: "Mira" });
  await found(other, { company: "Garage Zwei", person: "Jon", passphrase: `${PASSPHRASE} pebble` });
  const [first, second] = [await ask(one, "#1"), await ask(other, "#2")];
  expect(new URL(first).port).not.toBe(new URL(second).port);

  await customer.open(first, "one");
  await customer.act("wait_text", { tab: "one", contains: "Hotel Adler" });
  await customer.open(second, "other");
  await customer.act("wait_text", { tab: "other", contains: "Garage Zwei" });
  await giveSmall(customer, "other");
  await customer.act("send", { tab: "other" });
  await customer.act("wait_status", { tab: "other", contains: "Received by Garage Zwei" });

  for (const desk of [one, other]) {
    await done(desk);
    await desk.click("button", /^Inbox/);
  }
  await other.find("row", /#2.*Arrived/);
  await one.find("row", /#1.*Waiting/);
  expect(await one.text()).not.toContain("#2");
  expect(await other.text()).not.toContain("#1");
});

test("a desk that runs already is not opened a second time", async () => {
  const running = await machine.start("twice");
  await found(running);
  const settings = readFileSync(join(running.folder, "desk.toml"));
  const second = await machine.start("twice");
  await second.window("trouble.html");
  await second.find("heading", "Cloakroom did not start");
  await second.reads(/another Cloakroom is using this vault/i);
  // Trying again does not help while the other one runs, and harms neither.
  await second.click("button", "Try again");
  await second.reads("Tried again once");
  expect(readFileSync(join(running.folder, "desk.toml"))).toEqual(settings);
  await running.find("button", /^New request/);
  await quit(running);
  await second.click("button", "Try again");
  await unlock(second);
});

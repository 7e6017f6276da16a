// A desk behind a proxy that only the desktop's own settings name: it goes by it, says so when it leads nowhere, and
// follows when the settings change while it runs.
import { expect } from "vitest";
import { found } from "./app.mjs";
import { enrol } from "./elsewhere.mjs";
import { ask, done, readLink } from "./journey.mjs";
import { freePort, GNOME, openProxy, setProxy } from "./proxy.mjs";
import { testElsewhere } from "./test-elsewhere.mjs";

const CONNECTED = /Connected\. New requests are made on/;
const DOES_NOT_CONNECT = "The proxy does not connect to the relay. Check this computer's proxy settings";
let elsewhere;
let machine;
let proxy;
let app;

const test = testElsewhere(
  async (...there) => {
    [elsewhere, machine] = there;
    proxy = await openProxy();
    return proxy;
  },
  () => app,
);

test("the desktop's proxy is gone by, and a change of it is heard", async () => {
  setProxy(machine, await freePort());
  app = await machine.start("desk", { SSL_CERT_FILE: elsewhere.authority, ...GNOME });
  await found(app);
  const { code } = await elsewhere.tell("code");
  await enrol(app, elsewhere.relay, code);
  await app.reads(DOES_NOT_CONNECT);
  // Mended in the desktop's settings, with the app open.
  setProxy(machine, proxy.port);
  await expect
    .poll(async () => {
      const text = await app.text();
      if (text.includes(DOES_NOT_CONNECT)) await app.click("button", "Connect");
      return text;
    })
    .toMatch(CONNECTED);
  expect(proxy.connections(elsewhere.relay)).toBeGreaterThan(0);
  expect((await ask(app, "#4821")).startsWith(elsewhere.relay)).toBe(true);
  // Taken out of the settings, and gone: straight on.
  setProxy(machine, null);
  await proxy.stop();
  await done(app);
  await app.click("button", /^New request/);
  await app.fill("Ticket", "#4822");
  await app.click("radio", /^ID document/);
  // Until the change is heard, a try fails, says so, and can be made again.
  await expect
    .poll(async () => {
      const make = await app.look("button", "Make the link");
      if (await make?.enabled()) await make.click();
      return (await app.look("textbox", "Message to the customer")) !== null;
    })
    .toBe(true);
  expect((await readLink(app)).startsWith(elsewhere.relay)).toBe(true);
});

// A window gets what its kind is granted and nothing else, whatever a script in it asks for.
import { afterAll, beforeAll, expect, test } from "vitest";
import { found, openMachine, unlock } from "./app.mjs";
import { openCustomer } from "./customer.mjs";
import { ask, command, openTicket } from "./journey.mjs";
import { FOREIGN, grants, read, tryAll } from "./refused-calls.mjs";

const GRANTED = grants();

let machine;
let customer;
let app;
beforeAll(async () => {
  machine = await openMachine();
  customer = await openCustomer();
  app = await machine.start();
});
afterAll(async () => {
  await customer?.stop();
  await machine?.stop();
});

function refusals(session) {
  return session.log().split("\n").filter((line) => line.includes("a window asked for what it may not"));
}

/** Everything a kind of window is not granted, asked for from the window in front. */
async function refusesAllElse(session, kind) {
  const notGranted = [...GRANTED].filter(([, kinds]) => !kinds.includes(kind)).map(([command]) => command);
  expect(notGranted.length).toBeGreaterThan(5);
  const before = refusals(session).length;
  const own = await tryAll(session, notGranted);
  for (const { command, refused, code, way } of own.answers) {
    expect({ command, refused, code, way }).toEqual({ command, refused: true, code: "refused", way: ["ipc"] });
  }
  expect(own.violations).toEqual([]);
  const recorded = refusals(session).slice(before);
  expect(recorded.length).toBe(notGranted.length);
  for (const command of notGranted) expect(recorded.some((line) => line.includes(`"${command}"`)), command).toBe(true);
  expect(recorded.every((line) => line.includes(`"${kind}"`))).toBe(true);

  const foreign = await tryAll(session, FOREIGN);
  for (const { command, refused, value, way } of foreign.answers) {
    expect({ command, refused, value, way }).toEqual({ command, refused: true, value: undefined, way: ["ipc"] });
  }
  expect(foreign.violations).toEqual([]);
  // Nothing here changed the window, or opened another.
  expect((await session.windows()).length).toBeLessThanOrEqual(2);
}

test("the list is read as it is written", () => {
  expect(GRANTED.size).toBeGreaterThan(35);
  expect(GRANTED.get("inbox")).toEqual(["main"]);
  expect(GRANTED.get("reveal")).toEqual(["reveal"]);
  expect(GRANTED.get("bring_in")).toEqual(["bring"]);
  expect(GRANTED.get("quit")).toEqual(["main", "start", "unlock", "trouble"]);
});

test("the start window", async () => {
  await app.window("start.html");
  await refusesAllElse(app, "start");
});

test("the main window, which tells the person", async () => {
  await found(app);
  await refusesAllElse(app, "main");
  const granted = await tryAll(app, ["state"]);
  expect(granted.answers[0].refused).toBe(false);
  expect(granted.answers[0].way).toEqual(["ipc"]);
  await app.reads(/A window asked \d+ times for what it may not do, and was refused/);
});

test("a window in which something is revealed, and the address of its value", async () => {
  const link = await ask(app, "#31", "Payment card");
  await customer.open(link);
  await customer.act("give_card", { number: "4111111111111111", month: "9", year: "2031", holder: "Ada Example" });
  await customer.act("send");
  await customer.act("wait_status", { contains: "Received by" });
  await openTicket(app, "#31");
  await app.reads("411111••••••1111");
  await app.click("button", "Reveal");
  await app.window("reveal.html");
  await refusesAllElse(app, "reveal");

  const shown = await app.asyncScript(
    `const [args, done] = arguments;
     window.__TAURI_INTERNALS__.invoke("reveal", { args }).then(done, (error) => done({ error: error?.text ?? String(error) }));`,
    { reason: "charge-card", note: null },
  );
  expect(shown.address).toMatch(/^once:\/\/localhost\/\S{16,}$/);
  await app.window("index.html");
  expect(await read(app, shown.address)).toMatchObject({ status: 404, bytes: 0 });
  await app.window("reveal.html");
  const first = await read(app, shown.address);
  expect(first.status).toBe(200);
  expect(first.bytes).toBeGreaterThan(40);
  expect(await read(app, shown.address)).toMatchObject({ status: 404, bytes: 0 });
  for (const guess of ["", "x", "../..", shown.address.split("/").at(-1).slice(1)]) {
    expect(await read(app, `once://localhost/${guess}`), guess).toMatchObject({ bytes: 0 });
  }
  await app.press("Escape");
  await app.gone("reveal.html");
});

test("the window that takes in what came another way", async () => {
  await app.window("index.html");
  await command(app, "Bring in what came another way");
  await app.window("bring.html");
  await app.find("heading", "Bring in for #31");
  await refusesAllElse(app, "bring");
  // It is none the worse for it: what it may, it does.
  await app.find("heading", "Bring in for #31");
  const granted = await tryAll(app, ["bring_subject"]);
  expect(granted.answers[0]).toMatchObject({ refused: false, way: ["ipc"] });
  await app.press("Escape");
  await app.gone("bring.html");
});

test("the lock screen", async () => {
  await app.window("index.html");
  await app.click("button", /^Lock/);
  await app.window("unlock.html");
  await refusesAllElse(app, "unlock");
});

test("the window that says why it did not start", async () => {
  const second = await machine.start();
  await second.window("trouble.html");
  await second.reads(/another Cloakroom is using this vault/i);
  await refusesAllElse(second, "trouble");
  await second.close();
  await unlock(app);
});

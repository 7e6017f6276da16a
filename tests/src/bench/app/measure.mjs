// Measures the app on a screen: one JSON object on stdin says what, one on stdout is what came of it. In between,
// `{"submit": link}` asks the caller to send 10 MiB to a link, and is answered with `{"accepted": ms}`.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ended } from "../../../app/screen.mjs";
import { openSession, until } from "../../../app/webdriver.mjs";
import { openDisplay } from "./frames.mjs";
import { heldBy, inMiniBrowser, processOf } from "./memory.mjs";
import { send, slowPhone } from "./page.mjs";

const WINDOWS = fileURLToPath(new URL("../../../../ui/desk/dist", import.meta.url));
const CARD = { number: "5555 5555 5555 4444", month: "11", year: "2031", holder: "Ada Example" };
/** A script does its act this long after it answered, so that its moment is known outside: ms. */
const SOON = 100;
/** A window may be empty for so long before its page is painted: ms. */
const STARTING = 2_000;
const isRed = (red, green, blue) => red > 150 && green < 80 && blue < 80;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const hear = async () => JSON.parse((await lines.next()).value);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const { app, driven, page, passphrase, photo, empty, many, most, requests, rounds, keys } = await hear();
const display = await openDisplay();

async function measure() {
  const starts = { empty: await starting(empty), many: await starting(many) };
  const [small, large] = [await working(empty, true), await working(many, false)];
  return { starts, unlocks: { empty: small.unlocks, many: large.unlocks }, ...small.work, keys: await typing(most) };
}

/** The very program that ships: ms from its start until the lock screen stands. */
async function starting(folder) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    await display.frames.rests();
    const begun = Date.now();
    const child = spawn(app, ["--data-dir", folder, "--page", page], { env: display.env, stdio: "ignore" });
    times.push((await display.frames.settled(STARTING)) - begun);
    if (child.exitCode !== null) throw new Error("Cloakroom ended by itself.");
    await ended(child);
  }
  return times;
}

/** Unlocks again and again; and, on the small desk, everything else that needs an inbox on the screen. */
async function working(folder, whole) {
  const session = await open(folder);
  try {
    const unlocks = [];
    for (let round = 0; round < rounds; round += 1) {
      // Its window ends with it and gives no answer.
      if (round > 0) await soon(session, "window.__TAURI_INTERNALS__.invoke('lock')");
      unlocks.push(await unlock(session));
    }
    return { unlocks, work: whole ? await work(session, folder) : {} };
  } finally {
    await session.close();
  }
}

async function work(session, folder) {
  const held = await heldBy(processOf(driven, folder));
  const mini = await bare(session);
  await session.window("index.html");
  const arrivals = [];
  for (let round = 0; round < rounds; round += 1) arrivals.push(await arrival(session, `#${7000 + round}`));
  const both = await ask(session, "#7900", "id-and-card");
  const first = await slowPhone(both.url);
  const all = await send(both.url, { slot: "Passport or ID card", picture: photo, card: CARD });
  return { memory: { app: held, mini }, arrivals, page: { ...first, all }, reveals: await reveals(session, "#7900") };
}

async function open(folder) {
  const session = await openSession(driven, ["--data-dir", folder, "--page", page], display.env);
  // The program that was ended just before may still hold the vault for a moment.
  await until("the lock screen", async () => {
    if (await session.has("unlock.html")) return true;
    if (await session.has("trouble.html")) await session.click("button", "Try again");
    return false;
  });
  await session.window("unlock.html");
  return session;
}

async function unlock(session) {
  await session.window("unlock.html");
  await session.fill("Passphrase", passphrase);
  await display.frames.rests();
  const begun = await soon(session, "document.querySelector('form').requestSubmit()");
  return (await display.frames.lastOf(inbox(session))) - begun;
}

/** The inbox stands. Asked for seldom: each question costs the window time. */
async function inbox(session) {
  while (!(await session.has("index.html"))) await new Promise((done) => setTimeout(done, 250));
  await session.find("heading", "Inbox");
}

/** Sent to the relay, until its row stands under "Arrived" and two frames went by. */
async function arrival(session, ticket) {
  const { url } = await ask(session, ticket, "id-document");
  const visible = session.asyncScript(VISIBLE, ticket);
  tell({ submit: url });
  const { accepted } = await hear();
  return (await visible) - accepted;
}

const VISIBLE = `
  const [ticket, done] = arguments;
  const look = () => {
    const arrived = [...document.querySelectorAll("#inbox .row.fresh .ticket")].some((cell) => cell.title === ticket);
    if (!arrived) return;
    changes.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(Date.now())));
  };
  const changes = new MutationObserver(look);
  changes.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  look();
`;

/** From the click on "Reveal" until the picture's pixels are on the screen. */
async function reveals(session, ticket) {
  await session.window("index.html");
  const arrived = `[...document.querySelectorAll("#inbox .row.fresh .ticket")].find((cell) => cell.title === ${JSON.stringify(ticket)})`;
  await until("the picture's row", () => session.script(`return Boolean(${arrived})`));
  await session.script(`${arrived}.click()`);
  await session.find("heading", new RegExp(ticket));
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    await session.window("index.html");
    // The document's: cards come after it.
    await session.click("button", "Reveal");
    await session.window("reveal.html");
    await session.click("radio", /readable/);
    await display.frames.rests();
    const begun = await soon(session, "document.querySelector('form').requestSubmit()");
    times.push((await display.frames.shows(isRed)) - begun);
    await session.press("Escape");
    await session.gone("reveal.html");
  }
  return times;
}

/** Keys into the filter of a very long inbox: each until other rows stand there and two frames went by. */
async function typing(folder) {
  const session = await open(folder);
  try {
    await unlock(session);
    await session.click("textbox", "Filter by ticket");
    await session.script(WATCH);
    for (let n = 0; n < keys; n += 1) {
      await session.script("const filter = document.getElementById('filter'); filter.select();");
      // Spread over all of them. A key after which the first row is the same one is not counted.
      for (const key of ["#", ...String(1_000_000 + Math.floor(((n + 0.5) * requests) / keys))]) {
        const before = await session.script("return window.bench.settled");
        await session.press(key);
        await until("rows after a key", () => session.script("return window.bench.settled > arguments[0]", before));
      }
    }
    return await session.script("return window.bench.times");
  } finally {
    await session.close();
  }
}

const WATCH = `
  const filter = document.getElementById("filter");
  const first = () => document.querySelector("#inbox .row .ticket")?.title;
  window.bench = { times: [], settled: 0 };
  filter.addEventListener("keydown", () => {
    const begun = performance.now();
    const before = first();
    const end = (took) => {
      if (took !== null) window.bench.times.push(took);
      window.bench.settled += 1;
    };
    const given_up = setTimeout(() => {
      changes.disconnect();
      end(null);
    }, 1_000);
    const changes = new MutationObserver(() => {
      if (first() === before) return;
      changes.disconnect();
      clearTimeout(given_up);
      requestAnimationFrame(() => requestAnimationFrame(() => end(performance.now() - begun)));
    });
    changes.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
`;

/** The inbox's page in MiniBrowser, with what the shell answers to it now. */
async function bare(session) {
  const { width, height } = await session.ask("GET", "/window/rect");
  const answers = {
    state: await call(session, "state"),
    inbox: await call(session, "inbox", { shelf: null, ticket: null, after: null, limit: 100 }),
    settings: await call(session, "settings"),
    templates: await call(session, "templates"),
    active: null,
    left_request: null,
  };
  const other = await openDisplay();
  try {
    return await inMiniBrowser(other, WINDOWS, `${width}x${height}`, answers);
  } finally {
    await other.stop();
  }
}

function ask(session, ticket, template) {
  return call(session, "ask", { ticket, template });
}

/** A command, as the main window's page calls it. */
async function call(session, name, args) {
  const answer = await session.asyncScript(
    `const [name, args, done] = arguments;
     window.__TAURI_INTERNALS__.invoke(name, args === null ? {} : { args }).then((answer) => done({ answer }), (failure) => done({ failure }));`,
    name,
    args ?? null,
  );
  if (answer.failure) throw new Error(`${name}: ${answer.failure.text ?? "refused"}`);
  return answer.answer;
}

/** Has the page act in a moment; answers when that is. */
function soon(session, act) {
  return session.script(`setTimeout(() => { ${act}; }, ${SOON}); return Date.now() + ${SOON};`);
}

try {
  tell({ done: await measure() });
} finally {
  await display.stop();
}
process.exit(0);

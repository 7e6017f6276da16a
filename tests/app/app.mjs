// The real app on a screen of its own, with a data folder and a home that are gone afterwards.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startedBy } from "./memory-search.mjs";
import { openScreen } from "./screen.mjs";
import { openSession, until } from "./webdriver.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const PASSPHRASE = "lantern gravel otter ninety";

/** A machine: a screen, a home, a clock that can be set forward. `stop` ends all that was started on it. */
export async function openMachine(size) {
  const screen = await openScreen(size);
  const home = mkdtempSync(join(tmpdir(), "cloakroom-app-"));
  const folders = { XDG_DATA_HOME: "data", XDG_CACHE_HOME: "cache", XDG_CONFIG_HOME: "config", XDG_RUNTIME_DIR: "run" };
  // What this machine needs to reach others is nothing to the machines of a test.
  const own = Object.entries(process.env).filter(([name]) => !/^(https?|all|no)_proxy$/i.test(name));
  const env = { ...Object.fromEntries(own), HOME: home, DISPLAY: screen.display, GDK_BACKEND: "x11", LANG: "C.UTF-8" };
  for (const [name, folder] of Object.entries(folders)) {
    env[name] = join(home, folder);
    mkdirSync(env[name], { mode: 0o700 });
  }
  delete env.WAYLAND_DISPLAY;
  delete env.DBUS_SESSION_BUS_ADDRESS;
  const clock = join(home, "clock");
  writeFileSync(clock, "0");
  env.CLOAKROOM_CLOCK = clock;
  const apps = [];
  let passed = 0;
  return {
    home,
    env,
    display: screen.display,
    /** Time passes for every app on this machine. */
    pass(seconds) {
      passed += seconds;
      writeFileSync(clock, String(passed));
    },
    /** Starts the app; a second folder makes a second desk. */
    async start(folder = "desk", more = {}, words = []) {
      const app = await startApp(join(home, folder), { ...env, ...more }, words);
      apps.push(app);
      return app;
    },
    async stop() {
      for (const app of apps) await app.close();
      await screen.stop();
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

export const binary = process.env.CLOAKROOM_APP ?? join(root, "target/debug/cloakroom-automated");

async function startApp(folder, env, words) {
  const session = await openSession(binary, ["--data-dir", folder, ...words], env);
  const end = session.close.bind(session);
  return Object.assign(session, {
    folder,
    /** As a power cut would: a driver that lost its session leaves the app running. */
    async close() {
      const ours = startedBy(session.driver);
      await end();
      for (const { pid } of ours) kill(pid);
      // A start right after it would else be handed over to one that is on its way out.
      await until("end of the app", () => ours.every(({ pid }) => isGone(pid)));
    },
  });
}

/** Nothing of it runs any more: its last thread has let go of what it held. */
function isGone(pid) {
  try {
    const [, state] = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return state === "Z" && readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

function kill(pid) {
  try {
    process.kill(Number(pid), "SIGKILL");
  } catch {
    // It ended already.
  }
}

/** The first start, as a person goes through it. */
export async function found(app, { company = "Hotel Adler", person = "Mira", passphrase = PASSPHRASE } = {}) {
  await app.window("start.html");
  await app.fill("Company name", company);
  await app.fill("Your first name", person);
  await app.fill("Contact name", "Front desk");
  await app.fill("Phone", "+43 1 555 0100");
  await app.click("button", "Continue");
  await app.fill("Passphrase", passphrase);
  await app.fill("Passphrase again", passphrase);
  await app.click("button", "Make the vault");
  await app.find("heading", /sheets/i);
  await app.click("checkbox", /printed/);
  await app.click("button", "Open Cloakroom");
  await app.window("index.html");
}

export async function unlock(app, passphrase = PASSPHRASE) {
  await app.window("unlock.html");
  await app.fill("Passphrase", passphrase);
  await app.click("button", "Unlock");
  await app.window("index.html");
}

export { until };

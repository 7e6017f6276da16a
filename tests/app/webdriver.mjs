// A WebDriver session with the app (W3C WebDriver), and finding what a person would find: by role and name.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { ended } from "./screen.mjs";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const KEYS = {
  Enter: "\uE007", Tab: "\uE004", Escape: "\uE00C", ArrowDown: "\uE015", ArrowUp: "\uE013", ArrowLeft: "\uE012",
  ArrowRight: "\uE014", Space: " ", Control: "\uE009", Shift: "\uE008", Home: "\uE011", End: "\uE010", Backspace: "\uE003",
};
/** Where elements of a role are looked for. */
const OF_ROLE = {
  button: "button, [role=button], summary, input[type=submit]",
  combobox: "select, [role=combobox]",
  textbox: "input:not([type=checkbox],[type=radio],[type=color],[type=file]), textarea",
  radio: "input[type=radio], [role=radio]",
  checkbox: "input[type=checkbox], [role=checkbox], [role=switch]",
  link: "a[href], [role=link]",
  heading: "h1, h2, h3, h4",
  dialog: "dialog[open], [role=dialog]",
  tab: "[role=tab]",
  option: "[role=option]",
  row: "[role=row], tr",
  listitem: "li",
  main: "main",
  img: "[role=img], img",
};

/** What WebKit calls some of them: a `select` is a button, one that opens a list. */
const ALSO = { textbox: ["searchbox", "TextField", "combobox"], combobox: ["button"], img: ["image"] };
const UNSEEN = ["radio", "checkbox"];
const BY_CONTENT = ["row", "listitem", "alert"];

/** Looks again and again until there is an answer. Ends by itself only after a minute, for a machine that is busy. */
export async function until(what, look, limit = 60_000) {
  const begin = Date.now();
  let trouble;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== null && seen !== false) return seen;
    } catch (error) {
      trouble = error;
    }
    if (Date.now() - begin > limit) {
      throw new Error(`No ${what} after ${limit / 1000} s.${trouble ? ` ${trouble.message}` : ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The shell leaves `index.html` away. */
function isAt(address, page) {
  const { pathname } = new URL(address);
  return pathname === `/${page}` || (page === "index.html" && ["", "/"].includes(pathname));
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a driver, and through it a program. */
export async function openSession(binary, args, env) {
  const port = await freePort();
  const driver = spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], {
    env: { ...env, TAURI_WEBVIEW_AUTOMATION: "true" },
    stdio: ["ignore", "inherit", "pipe"],
  });
  let log = "";
  driver.stderr.on("data", (chunk) => (log += chunk));
  const base = `http://127.0.0.1:${port}`;
  await until("WebDriver", async () => (await fetch(`${base}/status`)).ok);
  const said = await ask(base, "POST", "/session", {
    capabilities: { alwaysMatch: { "webkitgtk:browserOptions": { binary, args } } },
  }).catch(async (error) => {
    await ended(driver);
    throw error;
  });
  return new Session(`${base}/session/${said.sessionId}`, driver, () => log);
}

async function ask(base, method, path, body) {
  const answer = await fetch(base + path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${said.value?.error}: ${said.value?.message ?? ""}`.slice(0, 300));
  return said.value;
}

/** It was drawn anew since it was found. */
function isStale(error) {
  return /^(stale element reference|no such element)/.test(error.message);
}

/** What was pressed may have ended its window before there was an answer. */
function unlessItEnded(error) {
  if (!/^no such window/.test(error.message)) throw error;
}

class Session {
  #base;
  #driver;
  /** Modifiers of the last press. */
  #used = [];

  constructor(base, driver, log) {
    this.#base = base;
    this.#driver = driver;
    this.log = log;
  }

  /** The process that started the app. */
  get driver() {
    return this.#driver.pid;
  }

  ask(method, path, body) {
    return ask(this.#base, method, path, body);
  }

  windows() {
    return this.ask("GET", "/window/handles");
  }

  /** Turns to the window whose page is this one, as soon as it is there. */
  async window(page) {
    await until(`window ${page}`, async () => {
      for (const handle of await this.windows()) {
        await this.ask("POST", "/window", { handle });
        if (isAt(await this.url(), page)) return true;
      }
      return false;
    });
    await until("page", () => this.script("return document.readyState === 'complete'"));
  }

  /** Whether such a window is open. */
  async has(page) {
    for (const handle of await this.windows()) {
      try {
        await this.ask("POST", "/window", { handle });
        if (isAt(await this.url(), page)) return true;
      } catch {
        // It was closed while we looked.
      }
    }
    return false;
  }

  async gone(page) {
    await until(`end of ${page}`, async () => !(await this.has(page)));
  }

  url() {
    return this.ask("GET", "/url");
  }

  script(script, ...args) {
    return this.ask("POST", "/execute/sync", { script, args });
  }

  asyncScript(script, ...args) {
    return this.ask("POST", "/execute/async", { script, args });
  }

  /** The element of this role and accessible name (text or pattern), as soon as it is there. */
  find(role, name) {
    return until(`${role} “${name}”`, () => this.look(role, name));
  }

  async look(role, name, within) {
    for await (const each of this.#fitting(role, name, within)) return each;
    return null;
  }

  /** All of them that are there now. */
  async all(role, name) {
    const found = [];
    for await (const each of this.#fitting(role, name)) found.push(each);
    return found;
  }

  async *#fitting(role, name, within) {
    const wanted = { using: "css selector", value: OF_ROLE[role] ?? `[role=${role}]` };
    // What lies under a modal dialog is out of reach.
    const [modal] = role === "dialog" ? [] : await this.ask("POST", "/elements", { using: "css selector", value: "dialog:modal" });
    const root = within ?? modal?.[ELEMENT];
    const found = await this.ask("POST", root ? `/element/${root}/elements` : "/elements", wanted);
    for (const each of found) {
      const id = each[ELEMENT];
      // What is not displayed has neither name nor role. A choice may lie unseen under what is drawn for it.
      if (!UNSEEN.includes(role) && !(await this.ask("GET", `/element/${id}/displayed`))) continue;
      // A row, an item of a list and an alert are told by what they hold.
      const label = await this.ask("GET", `/element/${id}/${BY_CONTENT.includes(role) ? "property/innerText" : "computedlabel"}`);
      const told = label.replace(/\s+/g, " ").trim();
      if (name instanceof RegExp ? !name.test(told) : told !== name) continue;
      const its = await this.ask("GET", `/element/${id}/computedrole`);
      const fits = its === role || its === "" || (ALSO[role] ?? []).includes(its);
      if (fits) yield new Element(this, id);
    }
  }

  /** Does something inside the frame of this title, and comes back out. */
  async inFrame(title, act) {
    const [frame] = await until(`frame “${title}”`, async () => {
      const frames = await this.ask("POST", "/elements", { using: "css selector", value: `iframe[title="${title}"]` });
      return frames.length > 0 && frames;
    });
    await this.ask("POST", "/frame", { id: frame });
    try {
      return await act();
    } finally {
      await this.ask("POST", "/frame", { id: null });
    }
  }

  /** Role, accessible name and visibility of the focus, of what has it. */
  async focused() {
    const id = (await this.ask("GET", "/element/active"))[ELEMENT];
    const name = (await this.ask("GET", `/element/${id}/computedlabel`)).replace(/\s+/g, " ").trim();
    const visible = await this.script("return document.activeElement.matches(':focus-visible')");
    return { role: await this.ask("GET", `/element/${id}/computedrole`), name, visible };
  }

  /** Clicks it as soon as it can be used and lies still. What was drawn anew meanwhile is looked for anew. */
  async click(role, name) {
    const begin = Date.now();
    for (;;) {
      const element = await until(`${role} “${name}” that can be used`, async () => {
        const found = await this.look(role, name);
        return found && (await found.isReady()) && found;
      });
      try {
        return await element.click();
      } catch (error) {
        if (!isStale(error) || Date.now() - begin > 60_000) throw error;
      }
    }
  }

  async fill(name, value) {
    const element = await this.find("textbox", name);
    await element.clear();
    await element.type(value);
  }

  /** Keys to whatever has the focus: names of keys, or text. */
  async press(...keys) {
    // A key that closed its window was never let go: the driver would not press it again, and the web view would take
    // each letter for one with Control. Pressed once more and let go, it is free for both.
    await this.ask("DELETE", "/actions").catch(() => {});
    const down = [];
    const actions = this.#used.flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]);
    this.#used = keys.filter((key) => ["Control", "Shift"].includes(key)).map((key) => KEYS[key]);
    for (const key of keys) {
      const value = KEYS[key] ?? key;
      actions.push({ type: "keyDown", value });
      if (["Control", "Shift"].includes(key)) down.push(value);
      else actions.push({ type: "keyUp", value });
    }
    for (const value of down.reverse()) actions.push({ type: "keyUp", value });
    await this.ask("POST", "/actions", { actions: [{ type: "key", id: "keys", actions }] }).catch(unlessItEnded);
  }

  /** Everything a person can read in this window. */
  text() {
    return this.script("return document.body.innerText");
  }

  /** Waits until this can be read. */
  async reads(what) {
    return until(`text “${what}”`, async () => {
      const text = await this.text();
      return (what instanceof RegExp ? what.test(text) : text.includes(what)) ? text : null;
    });
  }

  async picture() {
    return Buffer.from(await this.ask("GET", "/screenshot"), "base64");
  }

  resize(width, height) {
    return this.ask("POST", "/window/rect", { width, height });
  }

  /** Ends the session, and the app with it. */
  async close() {
    await this.ask("DELETE", "").catch(() => {});
    await ended(this.#driver);
  }
}

class Element {
  #session;
  #id;

  constructor(session, id) {
    this.#session = session;
    this.#id = id;
  }

  #ask(method, path, body) {
    return this.#session.ask(method, `/element/${this.#id}${path}`, body);
  }

  async click() {
    try {
      await this.#ask("POST", "/click", {});
    } catch (error) {
      if (!/^element click intercepted/.test(error.message)) return unlessItEnded(error);
      // It lies under the bar at the bottom, which the driver takes for in view: a person scrolls.
      await this.#session.script("arguments[0].scrollIntoView({ block: 'center' })", { [ELEMENT]: this.#id });
      await this.#ask("POST", "/click", {}).catch(unlessItEnded);
    }
  }

  clear() {
    return this.#ask("POST", "/clear", {});
  }

  type(text) {
    return this.#ask("POST", "/value", { text });
  }

  text() {
    return this.#ask("GET", "/text");
  }

  value() {
    return this.#ask("GET", "/property/value");
  }

  enabled() {
    return this.#ask("GET", "/enabled");
  }

  /** Whether it can be used, and lies where it lay a moment ago: a list above it may still be loading. */
  async isReady() {
    if (!(await this.enabled())) return false;
    const watch = `
      const [element, done] = arguments;
      const place = () => JSON.stringify(element.getBoundingClientRect());
      const before = place();
      setTimeout(() => done(place() === before), 30);`;
    return this.#session.asyncScript(watch, { [ELEMENT]: this.#id });
  }

  /** Whether such a thing is inside of this one now. */
  async has(role, name) {
    return (await this.#session.look(role, name, this.#id)) !== null;
  }

  /** Clicks what is inside of this one. */
  async within(role, name) {
    const element = await until(`${role} “${name}” in it`, () => this.#session.look(role, name, this.#id));
    await element.click();
  }
}

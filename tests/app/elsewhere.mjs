// What is not on the agent's computer: the relay behind TLS on one, the customer's browser on another, and a real
// Request Tracker. tests/src/bin/elsewhere.rs sets it up and lists what it can be told.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { binary, until } from "./app.mjs";
import { command } from "./journey.mjs";
import { ended } from "./screen.mjs";

const PROGRAM = process.env.CLOAKROOM_ELSEWHERE ?? join(binary, "../elsewhere");
const BROWSER = fileURLToPath(new URL("../browser/customer.mjs", import.meta.url));
/** What the program ends with where this machine has no such network. */
const NOT_HERE = 3;

/** A program that is told one JSON object a line, and answers one a line, in order. */
class Talk {
  #child;
  #waiting = [];

  constructor(name, words, env) {
    this.#child = spawn(name, words, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#waiting.shift()?.done(JSON.parse(line)));
    const end = (what) => {
      for (const { failed } of this.#waiting.splice(0)) failed(Object.assign(new Error(`${name} ended`), what));
    };
    this.#child.once("exit", (code) => end({ code }));
    this.#child.once("error", end);
    this.#child.stdin.on("error", () => undefined);
  }

  /** Its next answer. */
  said() {
    return new Promise((done, failed) => this.#waiting.push({ done, failed }));
  }

  async tell(what) {
    const answer = this.said();
    this.#child.stdin.write(`${JSON.stringify(what)}\n`);
    const { error, ...said } = await answer;
    if (error) throw new Error(error);
    return said;
  }

  /** Ends with its input, and cleans up behind it. */
  async stop() {
    const gone = new Promise((done) => this.#child.once("exit", done));
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await gone;
  }

  kill() {
    return ended(this.#child, "SIGKILL");
  }
}

/** Sets everything up; null where this machine has no such network, which the program says and counts. */
export async function openElsewhere() {
  const talk = new Talk(PROGRAM, [], {});
  let ready;
  try {
    ready = await talk.said();
  } catch (error) {
    if (error.code === NOT_HERE) return null;
    throw error;
  }
  return {
    ...ready,
    tell: (cmd, fields = {}) => talk.tell({ cmd, ...fields }),
    stop: () => talk.stop(),
  };
}

/** The customer's browser on the customer's computer; as `openCustomer`, without the page itself. */
export async function openFarCustomer({ customer: { namespace, pin } }) {
  const words = ["netns", "exec", namespace, process.execPath, BROWSER];
  const talk = new Talk("ip", words, { CLOAKROOM_TRUSTED_KEY: pin });
  await talk.said();
  const folder = mkdtempSync(join(tmpdir(), "cloakroom-customer-"));
  const act = (cmd, fields = {}) => talk.tell({ cmd, ...fields });
  return {
    act,
    async open(url, tab) {
      await act("open", { url, tab });
      await act("size", { tab, width: 390, height: 844 });
    },
    file(name, bytes) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    },
    async stop() {
      await act("quit").catch(() => talk.kill());
      rmSync(folder, { recursive: true });
    },
  };
}

/** Enrols the desk in the settings, as a person does. */
export async function enrol(app, address, code) {
  await command(app, "Settings");
  await app.click("radio", "A server that customers can reach");
  await app.fill("Address", address);
  await app.fill("Enrolment code", code);
  await app.click("button", "Connect");
}

/** A person has no patience and asks the helpdesk for its news at once. */
export async function askHelpdesk(app, name) {
  await command(app, "Settings");
  await app.click("button", new RegExp(`^Open ${name}`));
  await app.find("dialog", name);
  await app.click("button", "Ask now");
  await app.reads("Asked just now.");
  await app.click("button", "Done");
}

/** The internal notes of a ticket, once the last of them reads so. */
export function noted(elsewhere, ticket, last) {
  return until(`note ${last}`, async () => {
    const { comments } = await elsewhere.tell("comments", { ticket });
    return last.test(comments.at(-1) ?? "") && comments;
  });
}

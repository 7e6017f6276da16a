// A screen whose pixels can be read as they change: Xvfb keeps them in a file.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ended } from "../../../app/screen.mjs";

/** Between two looks at the pixels, ms: often enough to be exact to a frame, seldom enough to cost little. */
const LOOK = 8;
/** After so many ms without a change a picture is the last one. */
const QUIET = 700;

/** A machine with such a screen and a home of its own: `env` is what programs on it are started with. */
export async function openDisplay({ width = 1280, height = 860 } = {}) {
  const home = mkdtempSync(join(tmpdir(), "cloakroom-bench-"));
  const server = spawn(
    "Xvfb",
    ["-displayfd", "1", "-screen", "0", `${width}x${height}x24`, "-fbdir", home, "-nolisten", "tcp"],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const number = await new Promise((resolve, reject) => {
    server.once("error", () => reject(new Error("Xvfb did not start. Install the package xvfb.")));
    server.once("exit", () => reject(new Error("Xvfb ended before it was ready.")));
    createInterface({ input: server.stdout }).once("line", resolve);
  });
  const frames = new Frames(join(home, "Xvfb_screen0"));
  return {
    env: environment(home, `:${number}`),
    frames,
    async stop() {
      frames.close();
      await ended(server);
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

function environment(home, display) {
  const folders = { XDG_DATA_HOME: "data", XDG_CACHE_HOME: "cache", XDG_CONFIG_HOME: "config", XDG_RUNTIME_DIR: "run" };
  const elsewhere = ["WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "TAURI_WEBVIEW_AUTOMATION"];
  const inherited = Object.entries(process.env).filter(([name]) => !elsewhere.includes(name));
  const env = { ...Object.fromEntries(inherited), HOME: home, DISPLAY: display, GDK_BACKEND: "x11", LANG: "C.UTF-8" };
  for (const [name, folder] of Object.entries(folders)) {
    env[name] = join(home, folder);
    mkdirSync(env[name], { mode: 0o700 });
  }
  // A caret that blinks would be a change without end.
  mkdirSync(join(env.XDG_CONFIG_HOME, "gtk-3.0"));
  writeFileSync(join(env.XDG_CONFIG_HOME, "gtk-3.0/settings.ini"), "[Settings]\ngtk-cursor-blink=false\n");
  return env;
}

class Frames {
  #file;
  #start;
  #line;
  #now;
  #before;

  constructor(path) {
    this.#file = openSync(path, "r");
    // The head of an XWD file: its own length, the height, the bytes of a line, the number of colours.
    const head = Buffer.alloc(100);
    readSync(this.#file, head, 0, 100, 0);
    this.#start = head.readUInt32BE(0) + 12 * head.readUInt32BE(76);
    this.#line = head.readUInt32BE(48);
    const size = this.#line * head.readUInt32BE(20);
    this.#now = Buffer.alloc(size);
    this.#before = Buffer.alloc(size);
    this.#look();
  }

  /** Waits until nothing changes. */
  async rests() {
    this.#look();
    await this.#last(Date.now(), QUIET);
  }

  /** When the last change was seen of those that begin now: a first one is waited for. */
  async settled(quiet = QUIET, limit = 60_000) {
    const begun = Date.now();
    while (!this.#look()) {
      if (Date.now() - begun > limit) throw new Error("Nothing changes on the screen.");
      await rest();
    }
    return this.#last(Date.now(), quiet, limit);
  }

  /** When the last change was seen, once this is done and nothing changes any more. */
  async lastOf(done, quiet = QUIET) {
    let isDone = false;
    const seen = done.then(() => (isDone = true));
    let changed = Date.now();
    while (!isDone || Date.now() - changed < quiet) {
      // It fails here if it failed there.
      await Promise.race([seen, rest()]);
      await rest();
      const at = Date.now();
      if (this.#look()) changed = at;
    }
    return changed;
  }

  async #last(begun, quiet, limit = 60_000) {
    let changed = begun;
    while (Date.now() - changed < quiet) {
      if (Date.now() - begun > limit) throw new Error("The screen never comes to rest.");
      await rest();
      const at = Date.now();
      if (this.#look()) changed = at;
    }
    return changed;
  }

  /** When a picture of one colour came in sight: `fits` judges red, green and blue, at points all over the screen. */
  async shows(fits, points = 40, limit = 60_000) {
    const begun = Date.now();
    for (;;) {
      this.#look();
      const at = Date.now();
      if (this.#count(fits) >= points) return at;
      if (at - begun > limit) throw new Error("The picture never came in sight.");
      await rest();
    }
  }

  close() {
    closeSync(this.#file);
  }

  /** Reads the pixels; whether they are others than before. */
  #look() {
    [this.#now, this.#before] = [this.#before, this.#now];
    readSync(this.#file, this.#now, 0, this.#now.length, this.#start);
    return !this.#now.equals(this.#before);
  }

  #count(fits) {
    let count = 0;
    for (let y = 0; y < this.#now.length; y += this.#line * 16) {
      for (let x = 0; x < this.#line; x += 64) {
        const [blue, green, red] = this.#now.subarray(y + x, y + x + 3);
        if (fits(red, green, blue)) count += 1;
      }
    }
    return count;
  }
}

function rest() {
  return new Promise((resolve) => setTimeout(resolve, LOOK));
}

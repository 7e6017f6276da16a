// What a program and all it started hold in memory; and the same page in the web view's own bare browser.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { ended } from "../../../app/screen.mjs";
import { until } from "../../../app/webdriver.mjs";

const MINI_BROWSER = [
  "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
  "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
  "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
];
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** The smallest of some looks, MiB: each process has its proportional part of what is shared. */
export async function heldBy(pid) {
  const looks = [];
  for (let look = 0; look < 5; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    looks.push(tree(pid).reduce((sum, each) => sum + proportional(each), 0) / 1024);
  }
  return Math.min(...looks);
}

/** The process that was started with all of these words on its command line. */
export function processOf(...words) {
  const found = processes().find((pid) => {
    const line = read(pid, "cmdline").split("\0");
    return words.every((word) => line.includes(word));
  });
  if (found === undefined) throw new Error("The app's process was not found.");
  return found;
}

/**
 * The page of a folder in MiniBrowser, with commands answered as the shell did. What the page asks for and was not
 * recorded it waits for, as it waits for news.
 */
export async function inMiniBrowser({ env, frames }, folder, size, answers) {
  const program = MINI_BROWSER.find(existsSync);
  if (!program) return null;
  const server = await serve(folder, answers);
  const browser = spawn(program, ["--private", `--geometry=${size}`, `http://127.0.0.1:${server.address().port}/`], {
    env,
    stdio: "ignore",
  });
  try {
    await until("MiniBrowser's page", () => server.asked.has("inbox"));
    await frames.rests();
    return await heldBy(browser.pid);
  } finally {
    await ended(browser);
    server.closeAllConnections();
    server.close();
  }
}

/** The shell's side of a call, as far as a page needs it. */
const SHELL = `
  const ask = async (name, args) => {
    const answer = await fetch("/call/" + name, { method: "POST", body: JSON.stringify(args ?? {}) });
    return answer.json();
  };
  window.__TAURI_INTERNALS__ = { invoke: ask, transformCallback: () => 0, metadata: { currentWindow: { label: "main" } } };
`;

async function serve(folder, answers) {
  const asked = new Set();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname.startsWith("/call/")) {
      const name = pathname.slice("/call/".length);
      asked.add(name);
      request.resume();
      // Without an answer it waits, as it would for news.
      if (name in answers) response.setHeader("Content-Type", "application/json").end(JSON.stringify(answers[name]));
      return;
    }
    if (pathname === "/shell.js") {
      response.setHeader("Content-Type", "text/javascript").end(SHELL);
      return;
    }
    const path = join(folder, pathname === "/" ? "index.html" : pathname);
    if (!path.startsWith(folder) || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
    const content = readFileSync(path);
    const isPage = pathname === "/";
    response.end(isPage ? content.toString().replace("<head>", '<head><script src="/shell.js"></script>') : content);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(server, { asked });
}

function processes() {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

/** A process and everything below it. */
function tree(root) {
  const parents = new Map(processes().map((pid) => [pid, Number(/^\d+ \(.*\) \S (\d+)/s.exec(read(pid, "stat"))?.[1])]));
  const found = [root];
  for (const above of found) {
    for (const [pid, parent] of parents) if (parent === above) found.push(pid);
  }
  return found;
}

/** KiB. */
function proportional(pid) {
  return Number(/^Pss:\s+(\d+)/m.exec(read(pid, "smaps_rollup"))?.[1] ?? 0);
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended meanwhile.
    return "";
  }
}

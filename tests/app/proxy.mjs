// A proxy, and the desktop's own settings that name it. GLib keeps them in a file where it is told so, as it does where
// no desktop runs.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { until } from "./app.mjs";
import { ended } from "./screen.mjs";

/** A port of this machine at which nobody listens. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Debian's tinyproxy. It writes down every connection. */
export async function openProxy() {
  const folder = mkdtempSync(join(tmpdir(), "cloakroom-proxy-"));
  const [config, log] = ["tinyproxy.conf", "log"].map((name) => join(folder, name));
  const port = await freePort();
  const lines = [`Port ${port}`, "Listen 127.0.0.1", "MaxClients 20", "LogLevel Connect", `LogFile "${log}"`];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const child = spawn("tinyproxy", ["-d", "-c", config], { stdio: "ignore" });
  child.once("error", () => undefined);
  await until("the proxy (install the package tinyproxy)", () => listens(port));
  return {
    port,
    /** How often it was asked to connect there. */
    connections(to) {
      const { hostname } = new URL(to);
      const asked = readFileSync(log, "utf8").split("\n");
      return asked.filter((line) => line.includes(": CONNECT ") && line.includes(hostname)).length;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await ended(child, "SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** What makes GLib read the settings as a GNOME desktop's, from a file of this machine. */
export const GNOME = { XDG_CURRENT_DESKTOP: "GNOME", GSETTINGS_BACKEND: "keyfile" };

/** Sets the proxy of a machine's desktop as its control panel does, or none. */
export function setProxy({ env }, port) {
  const file = join(env.XDG_CONFIG_HOME, "glib-2.0/settings/keyfile");
  mkdirSync(dirname(file), { recursive: true });
  const manual = ["[system/proxy/https]", "host='127.0.0.1'", `port=${port}`];
  const lines = ["[system/proxy]", `mode='${port ? "manual" : "none"}'`, ...(port ? manual : [])];
  // Always as long, and written in one piece over what was there: nobody reads half of it, and GLib overlooks a file that
  // was put in its place.
  const text = `${lines.join("\n")}\n`.padEnd(256, "\n");
  if (!existsSync(file)) return writeFileSync(file, text);
  const open = openSync(file, "r+");
  writeSync(open, text, 0);
  closeSync(open);
}

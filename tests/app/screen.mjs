// A screen that nobody sees: an X server on a display number that it chose itself.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** `display` is its name; `stop` ends it. */
export async function openScreen(size = "1400x1000") {
  const server = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", `${size}x24`, "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const number = await new Promise((resolve, reject) => {
    server.once("error", () => reject(new Error("Xvfb did not start. Install the package xvfb.")));
    server.once("exit", () => reject(new Error("Xvfb ended before it was ready.")));
    createInterface({ input: server.stdout }).once("line", resolve);
  });
  const display = `:${number}`;
  // Without a window manager no window but the first ever gets the keyboard.
  const manager = spawn("openbox", ["--sm-disable"], { env: { ...process.env, DISPLAY: display }, stdio: "ignore" });
  await new Promise((resolve, reject) => {
    manager.once("spawn", resolve);
    manager.once("error", () => reject(new Error("openbox did not start. Install the package openbox.")));
  });
  const stop = async () => {
    await ended(manager);
    await ended(server);
  };
  return { display, stop };
}

/** Ends a process that we started, and waits until it is gone. */
export async function ended(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}

// A data folder under a bad star: what lies in it, a byte turned over, a disk too small, a port that others have.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync, closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync,
} from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { until } from "./webdriver.mjs";

/**
 * What must not change by itself, by name: keys, ledger, settings, what was collected. A vault that was opened has
 * written over the key file's other slot, as it does each time.
 */
export function fingerprints(folder, { opened = false } = {}) {
  const prints = {};
  const look = (below) => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory()) look(path);
      else prints[path] = createHash("sha256").update(readFileSync(join(folder, path))).digest("hex").slice(0, 16);
    }
  };
  look("keys");
  if (opened) delete prints["keys/epoch"];
  if (existsSync(join(folder, "blobs"))) look("blobs");
  for (const path of ["ledger.log", "desk.toml"]) {
    prints[path] = createHash("sha256").update(readFileSync(join(folder, path))).digest("hex").slice(0, 16);
  }
  return prints;
}

/** Turns over one byte in the middle of a file; answers how to mend it. */
export function damage(path) {
  const whole = readFileSync(path);
  const damaged = Buffer.from(whole);
  damaged[damaged.length >> 1] ^= 0xff;
  writeFileSync(path, damaged);
  return () => writeFileSync(path, whole);
}

/** The keyring of the epoch that is in use. */
export function keyring(folder) {
  const names = readdirSync(join(folder, "keys")).filter((name) => /^keyring\.\d+$/.test(name));
  names.sort((one, other) => Number(other.split(".")[1]) - Number(one.split(".")[1]));
  return join(folder, "keys", names[0]);
}

/** Somebody else has the port, as soon as the app that ended let go of it. */
export async function takePort(port) {
  const server = createServer();
  await until("free port", async () => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  });
  return () => new Promise((resolve) => server.close(resolve));
}

/** A small disk at a folder; none where this user may not mount, which is said and counted. */
export function smallDisk(folder, size, test) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=700`, "none", folder], { stdio: "ignore" });
  } catch {
    const line = `SKIPPED-HERE: ${test}: needs root to mount a small disk\n`;
    if (process.env.CLOAKROOM_NOT_RUN) appendFileSync(process.env.CLOAKROOM_NOT_RUN, line);
    process.stderr.write(line);
    return null;
  }
  const filler = join(folder, "filler");
  return {
    /** Leaves so many bytes free. */
    fill(free = 0) {
      const file = openSync(filler, "a");
      try {
        for (const block of [65_536, 4096, 256]) {
          try {
            for (;;) writeSync(file, Buffer.alloc(block, 7));
          } catch {
            // Full, for blocks of this size.
          }
        }
        ftruncateSync(file, Math.max(0, fstatSync(file).size - free));
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    unmount: () => execFileSync("umount", ["-l", folder], { stdio: "ignore" }),
  };
}

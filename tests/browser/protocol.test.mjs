// The driver as journeys in Rust use it: a process, a line for a line.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ID_DOCUMENT, openBox } from "./desk.mjs";
import { paper } from "./pictures.mjs";
import { startRelay } from "./relay.mjs";

const program = fileURLToPath(new URL("./customer.mjs", import.meta.url));
let relay;
let child;
let answers;

beforeAll(async () => {
  relay = await startRelay();
  child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
});
afterAll(() => relay.stop());

async function ask(command) {
  child.stdin.write(`${JSON.stringify(command)}\n`);
  return JSON.parse((await answers.next()).value);
}

test("it says when it is ready, answers each line, names what it cannot do, and ends", async () => {
  const { ready, chromium } = JSON.parse((await answers.next()).value);
  expect([ready, typeof chromium]).toEqual([true, "string"]);
  const box = await openBox(relay, [ID_DOCUMENT]);
  expect(await ask({ id: 1, cmd: "open", url: box.link })).toEqual({ id: 1, ok: true, status: 200 });
  expect((await ask({ id: 2, cmd: "text" })).text).toContain("Hotel Adler asks you for your ID document");
  expect(await ask({ id: 3, cmd: "dance" })).toEqual({ id: 3, ok: false, error: "there is no such command" });
  const bench = await ask({ id: 4, cmd: "bench_seal", slot: "ID document", mib: 1 });
  expect([bench.ok, bench.ms > 0, bench.longest_frame_ms > 0]).toEqual([true, true, true]);
  // What the benchmark gave is gone again.
  expect((await ask({ cmd: "text" })).text).not.toContain("bench.pdf");
  const path = join(relay.folder, "letter.pdf");
  writeFileSync(path, paper(1));
  expect((await ask({ cmd: "give_file", slot: "ID document", path })).ok).toBe(true);
  const storage = await ask({ id: 5, cmd: "storage", find: ["letter.pdf", `hex:${Buffer.from("age-encryption.org").toString("hex")}`] });
  // The search itself finds what is there: the ciphertext names its format.
  expect(storage.found).toContain(`hex:${Buffer.from("age-encryption.org").toString("hex")}`);
  expect(storage.found).not.toContain("letter.pdf");
  expect(await ask({ id: 6, cmd: "cut_after", requests: 1 })).toEqual({ id: 6, ok: true });
  expect(await ask({ id: 7, cmd: "send" })).toEqual({ id: 7, ok: true });
  expect((await ask({ id: 8, cmd: "wait_cut" })).sent).toBe(1);
  expect((await ask({ id: 9, cmd: "progress" })).value).toBeLessThan(100);
  await ask({ id: 10, cmd: "restore" });
  expect((await ask({ id: 11, cmd: "wait_status", contains: "Sent." })).ok).toBe(true);
  expect((await ask({ id: 12, cmd: "wait_status", contains: "Deleted", timeout: 100 })).error).toContain("it says: Sent.");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  expect(await ask({ id: 13, cmd: "quit" })).toEqual({ id: 13, ok: true });
  expect(await ended).toBe(0);
});

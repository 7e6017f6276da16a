// A file of 100 MB: it arrives, and the page does not grow with it.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBox } from "./desk.mjs";
import { scene } from "./scene.mjs";

let on;

beforeAll(async () => {
  on = await scene();
});
afterAll(() => on.stop());

test("100 MB are sealed, sent and opened with age, in constant memory", async () => {
  const block = randomBytes(1_000_000);
  const bytes = Buffer.concat([Buffer.from("%PDF-1.7\n"), ...Array.from({ length: 99 }, () => block), block.subarray(9)]);
  expect(bytes.length).toBe(100_000_000);
  const box = await openBox(on.relay);
  await on.act("open", { url: box.link });
  const before = (await on.act("heap")).bytes;
  await on.act("give_file", { slot: "ID document", path: on.file("large.pdf", bytes) });
  await on.act("send");
  await on.act("wait_status", { contains: "Sent.", timeout: 100_000 });
  // A tenth of the file: it never lay in the page as a whole.
  expect((await on.act("heap")).bytes - before).toBeLessThan(10_000_000);
  const [item] = await box.items();
  expect(item.length).toBe(bytes.length);
  expect(item.padded).toBe(100_663_296);
  expect(item.bytes.equals(bytes)).toBe(true);
});

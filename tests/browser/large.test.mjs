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

test("100 MB are sealed, sent and opened with age; sealing takes the same memory however much it seals", async () => {
  const block = randomBytes(1_000_000);
  const bytes = Buffer.concat([Buffer.from("%PDF-1.7\n"), ...Array.from({ length: 99 }, () => block), block.subarray(9)]);
  expect(bytes.length).toBe(100_000_000);
  const path = on.file("large.pdf", bytes);
  const box = await openBox(on.relay);
  const give = () => on.act("give_file", { slot: "ID document", path });
  await on.act("open", { url: box.link });
  await give();
  // What the first two leave behind for a collector that has no turn yet is nobody's growth.
  await give();
  const before = await on.act("memory");
  await give();
  // The page's process at its highest. Sending cannot be measured so: a driven browser keeps what goes over the wire.
  const after = await on.act("memory");
  expect(after.peak_kib - before.peak_kib).toBeLessThan(40_000);
  const remove = on.customer.page().getByRole("button", { name: "Remove large.pdf" });
  for (const left of [2, 1]) {
    await remove.last().click();
    await expect.poll(() => remove.count()).toBe(left);
  }
  await on.act("send");
  await on.act("wait_status", { contains: "Sent.", timeout: 100_000 });
  const [item, ...more] = await box.items();
  expect(more).toEqual([]);
  expect(item.length).toBe(bytes.length);
  expect(item.padded).toBe(100_663_296);
  expect(item.bytes.equals(bytes)).toBe(true);
}, 420_000);

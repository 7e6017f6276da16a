// Bad networks, closed tabs, and somebody who got hold of the link: the customer still gets through.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ID_DOCUMENT, junk, openBox } from "./desk.mjs";
import { scene } from "./scene.mjs";

const SMALL = { chunkSize: 65_536 };
let on;
/** 40 chunks, too random to be the same twice. */
const pdf = () => Buffer.concat([Buffer.from("%PDF-1.7\n"), junk(40 * 65_536)]);

beforeAll(async () => {
  on = await scene();
});
afterAll(() => on.stop());
beforeEach(() => on.act("new_context"));

async function begin(bytes, tab) {
  const box = await openBox(on.relay, [ID_DOCUMENT], SMALL);
  await on.act("open", { url: box.link, tab });
  await on.act("give_file", { slot: "ID document", path: on.file("id.pdf", bytes), tab });
  return box;
}

async function arrivedWhole(box, bytes) {
  await on.act("wait_status", { contains: "Sent." });
  const items = await box.items();
  expect(items.length).toBe(1);
  expect(items[0].bytes.equals(bytes)).toBe(true);
}

const chunkPuts = async () =>
  (await on.act("requests")).requests.filter(({ method, url }) => method === "PUT" && url.includes("/parts/"));

test("a cut connection: it goes on by itself, and everything arrives whole", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  await on.act("cut_after", { requests: 15 });
  await on.act("send");
  await on.act("wait_cut");
  await on.act("wait_status", { contains: "There is no connection." });
  await on.act("restore");
  await arrivedWhole(box, bytes);
});

test("offline for a while: the same", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  await on.act("offline", { on: true });
  await on.act("send");
  await on.act("wait_status", { contains: "There is no connection." });
  await on.act("offline", { on: false });
  await arrivedWhole(box, bytes);
});

test("a network that changes while the page loads: it says what to do, and a reload has the link still", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT], SMALL);
  // A telephone that turns from one network to another: Chromium breaks off whatever it loads just then.
  const page = await on.customer.context.newPage();
  await page.route("**/assets/**", (route) => route.abort("failed"));
  await page.goto(box.link);
  await page.getByText("This is taking long. Reload the page").waitFor();
  await page.unroute("**/assets/**");
  await page.reload();
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
  expect(page.url()).toBe(`${on.relay.origin}/`);
});

test("cut and reloaded in the middle: only the rest is sent, of the same ciphertext", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  await on.act("cut_after", { requests: 20 });
  await on.act("send");
  await on.act("wait_cut");
  await on.act("restore");
  const before = (await chunkPuts()).length;
  await on.act("reload");
  await arrivedWhole(box, bytes);
  // 42 chunks of the file and one of the manifest; at least 17 of 20 had arrived with three at a time.
  expect((await chunkPuts()).length - before).toBeLessThanOrEqual(43 - 17);
  expect(new Set((await chunkPuts()).map(({ url }) => url.split("/").at(-2))).size).toBe(2);
});

test("paused and resumed", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  await on.act("cut_after", { requests: 5 });
  await on.act("send");
  await on.act("wait_cut");
  await on.act("click", { role: "button", name: "Pause" });
  await on.act("wait_status", { contains: "Paused." });
  await on.act("restore");
  expect((await box.look()).state).toBe("sending");
  await on.act("click", { role: "button", name: "Resume" });
  await arrivedWhole(box, bytes);
});

test("a reload before sending keeps what was chosen", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  await on.act("reload");
  await on.act("wait_status", { contains: "still here" });
  await on.act("send");
  await arrivedWhole(box, bytes);
});

test("a reload without storage starts over and gets through", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  await on.act("cut_after", { requests: 10 });
  await on.act("send");
  await on.act("wait_cut");
  await on.act("clear_storage", { keep_session: true });
  await on.act("restore");
  await on.act("give_file", { slot: "ID document", path: on.file("id.pdf", bytes) });
  await on.act("send");
  await arrivedWhole(box, bytes);
});

test("a browser without IndexedDB and session storage gets through", async () => {
  const bytes = pdf();
  await on.customer.context.addInitScript(() => {
    Object.defineProperty(window, "indexedDB", { get: () => undefined });
    Object.defineProperty(window, "sessionStorage", {
      get() {
        throw new DOMException("no", "SecurityError");
      },
    });
  });
  const box = await begin(bytes);
  await on.act("send");
  await arrivedWhole(box, bytes);
});

test("two tabs of one link: one is accepted, the other shows so, both drafts go", async () => {
  const [one, two] = [pdf(), pdf()];
  const box = await begin(one, "one");
  await on.act("open", { url: box.link, tab: "two" });
  await on.act("give_file", { tab: "two", slot: "ID document", path: on.file("other.pdf", two) });
  expect((await on.act("text", { tab: "two" })).text).not.toContain("id.pdf");
  await Promise.all([on.act("send", { tab: "one" }), on.act("send", { tab: "two" })]);
  for (const tab of ["one", "two"]) await on.act("wait_status", { tab, contains: "Sent." });
  const [item, ...more] = await box.items();
  expect(more).toEqual([]);
  expect(item.bytes.equals(one) || item.bytes.equals(two)).toBe(true);
  // The loser keeps its draft until the desk itself says that it has everything.
  await box.note({ kind: "received", reference: "R-2" });
  for (const tab of ["one", "two"]) await on.act("wait_status", { tab, contains: "R-2" });
  const kept = async () => (await on.act("storage")).indexeddb.cloakroom.drafts.map(({ key }) => key);
  await expect.poll(kept).toEqual([JSON.stringify([box.id, "kept", "owner"])]);
  expect((await on.act("console")).messages.filter((line) => !/\b(409|410)\b/.test(line))).toEqual([]);
});

test("a second tab opened later goes on with what a closed one prepared", async () => {
  const bytes = pdf();
  const box = await begin(bytes, "one");
  await on.act("close", { tab: "one" });
  await on.act("open", { url: box.link, tab: "two" });
  await on.act("wait_status", { contains: "still here" });
  await on.act("send");
  await arrivedWhole(box, bytes);
});

test("junk in parts of other names does not shut the customer out", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  for (let i = 0; i < 30; i++) await box.intercept("PUT", `/parts/${junk(16).toString("hex")}/0`, junk(65_536));
  await on.act("send");
  await arrivedWhole(box, bytes);
});

test("junk written into the customer's own part: it takes another name and gets through", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  await on.act("cut_after", { requests: 10 });
  await on.act("send");
  await on.act("wait_cut");
  const { parts } = await (await box.intercept("GET", "/parts")).json();
  for (const { part } of parts) await box.intercept("PUT", `/parts/${part}/30`, junk(65_536));
  await on.act("restore");
  await arrivedWhole(box, bytes);
});

test("junk behind the end of the customer's own part: the same", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  await on.act("cut_after", { requests: 10 });
  await on.act("send");
  await on.act("wait_cut");
  const { parts } = await (await box.intercept("GET", "/parts")).json();
  for (const { part } of parts) await box.intercept("PUT", `/parts/${part}/200`, junk(10));
  await on.act("restore");
  await arrivedWhole(box, bytes);
});

test("the answer to the submission is lost with the tab: the next visit knows it was accepted", async () => {
  const bytes = pdf();
  const box = await begin(bytes);
  await on.customer.context.route("**/submit", async (route) => {
    await route.fetch();
    // Taken down below while one may be under way.
    await route.abort("connectionreset").catch(() => undefined);
  });
  await on.act("send");
  await on.act("wait_status", { contains: "There is no connection." });
  await on.customer.context.unroute("**/submit");
  await on.act("reload");
  await arrivedWhole(box, bytes);
  const { indexeddb } = await on.act("storage");
  expect(indexeddb.cloakroom.drafts.map(({ key }) => key)).toEqual([JSON.stringify([box.id, "kept", "owner"])]);
});

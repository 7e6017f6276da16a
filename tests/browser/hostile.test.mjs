// File names and requests that would rather be something else: shown as text, cut, and kept to their place.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ID_DOCUMENT, openBox } from "./desk.mjs";
import { paper } from "./pictures.mjs";
import { scene } from "./scene.mjs";

const RUNS = "<img src=x onerror=\"globalThis.ran=1\"><script>globalThis.ran=1</script>";
const NAMES = [
  `${RUNS}.pdf`,
  "photo\u202Efdp.exe\u2066\u200F.pdf",
  `${"long ".repeat(820)}.pdf`,
  "..\\..\\etc\\passwd\u0000\u0007.pdf",
];
let on;

beforeAll(async () => {
  on = await scene();
});
afterAll(() => on.stop());
beforeEach(() => on.act("new_context"));

test("hostile file names: nothing runs, nothing turns around, everything fits a phone", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT]);
  await on.act("open", { url: box.link });
  const page = on.customer.page();
  await page.setViewportSize({ width: 390, height: 844 });
  const files = NAMES.map((name) => ({ name, mimeType: "application/pdf", buffer: paper(1) }));
  await page.getByLabel("Choose file").setInputFiles(files);
  const group = page.getByRole("group", { name: "ID document", exact: true });
  await group.getByText("ready to send").nth(3).waitFor();
  // A fifth is one too many: its refused row shows the name as the browser gave it.
  await page.getByLabel("Choose file").setInputFiles({ name: NAMES[1], mimeType: "application/pdf", buffer: paper(1) });
  await group.locator(".refused").waitFor();
  const rows = await group.getByRole("listitem").all();
  expect(rows.length).toBe(5);
  for (const row of rows) {
    expect(await row.locator(".name > bdi").count()).toBe(1);
    expect(await row.innerText()).not.toMatch(/[^\P{C}\n]/u);
    expect((await row.innerText()).length).toBeLessThan(1000);
  }
  expect(await group.locator("img, script").count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(await page.title()).not.toContain("passwd");
  await group.locator(".refused").getByRole("button").click();
  await on.act("send");
  await on.act("wait_status", { contains: "Sent." });
  const names = (await box.items()).map((item) => item.name);
  expect(names.every((name) => Buffer.byteLength(name) <= 255)).toBe(true);
  expect(await page.evaluate(() => globalThis.ran)).toBe(undefined);
  expect((await on.act("console")).messages).toEqual([]);
});

test("a hostile request: its words stay words, its addresses lead nowhere they should not", async () => {
  const box = await openBox(on.relay, [{ ...ID_DOCUMENT, label: `${RUNS} ID` }], {
    about: {
      company: `${RUNS}\u202EreldA letoH`,
      agent: "Mira\u202E",
      colour: "#fefefe",
      ticket: `#${"9".repeat(300)}`,
      purpose: RUNS.repeat(10),
      seen_by: [RUNS],
      help: { name: RUNS, phone: "javascript:1", email: "a@b?bcc=c@d&body=x", web: "javascript:globalThis.ran=1" },
    },
  });
  await on.act("open", { url: box.link });
  const page = on.customer.page();
  await page.setViewportSize({ width: 390, height: 844 });
  const links = await page.getByRole("link").evaluateAll((all) => all.map((each) => each.getAttribute("href")));
  expect(links).toEqual(["tel:1"]);
  expect(await page.locator("img, main script").count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(await page.evaluate(() => globalThis.ran)).toBe(undefined);
  expect((await on.act("console")).messages).toEqual([]);
});

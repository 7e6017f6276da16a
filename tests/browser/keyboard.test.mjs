// The customer's whole job without a mouse: Tab, Enter, Space and letters.
import { afterAll, beforeAll, expect, test } from "vitest";
import { CARD, ID_DOCUMENT, openBox } from "./desk.mjs";
import { paper } from "./pictures.mjs";
import { scene } from "./scene.mjs";

let on;

beforeAll(async () => {
  on = await scene();
});
afterAll(() => on.stop());

test("from the link to 'delete my data now' by keyboard alone", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT, CARD]);
  await on.act("open", { url: box.link });
  const page = on.customer.page();
  const { keyboard } = page;
  const focused = () =>
    page.evaluate(() => {
      const at = document.activeElement;
      const name = at.labels?.[0]?.textContent ?? at.textContent;
      return { name: name.trim(), visible: at.matches(":focus-visible") };
    });
  /** Tabs until this has the focus, and it shows. */
  const tabTo = async (name) => {
    for (let presses = 0; presses < 30; presses++) {
      await keyboard.press("Tab");
      const at = await focused();
      if (!at.name.startsWith(name)) continue;
      expect(at.visible).toBe(true);
      return;
    }
    throw new Error(`the keyboard does not come to ${name}`);
  };
  // From the start: switched on with the key press, the interception can come after it.
  const choosers = [];
  page.on("filechooser", (chooser) => choosers.push(chooser));
  const choose = async (key, file) => {
    const before = choosers.length;
    await keyboard.press(key);
    await expect.poll(() => choosers.length, { message: `${key} opened no file dialog` }).toBe(before + 1);
    await choosers.at(-1).setFiles(on.file(file, paper(1)));
    await page.locator(".files .ready").waitFor();
  };

  await tabTo("How to check that this is genuine");
  await keyboard.press("Enter");
  await page.locator(".phrase", { hasText: /^(\w+ ){4}\w+$/ }).waitFor();
  await tabTo("Choose file");
  await choose("Enter", "wrong.pdf");
  await tabTo("Remove wrong.pdf");
  await keyboard.press("Enter");
  // Its row is gone; the keyboard is where the next file is chosen.
  await expect.poll(async () => (await focused()).name).toContain("Choose file");
  await choose("Space", "right.pdf");

  // Sending too early leads to what is missing.
  await tabTo("Send");
  await keyboard.press("Enter");
  await expect.poll(async () => (await focused()).name).toContain("There is a problem");
  await tabTo("Card number: This is missing.");
  await keyboard.press("Enter");
  expect((await focused()).name).toBe("Card number");

  // Digits are grouped, and the cursor stays where it is put.
  await keyboard.type("411111111111111");
  for (let i = 0; i < 4; i++) await keyboard.press("ArrowLeft");
  await keyboard.press("Backspace");
  await keyboard.type("1");
  const number = page.getByLabel("Card number");
  expect(await number.inputValue()).toBe("4111 1111 1111 111");
  expect(await number.evaluate((input) => input.selectionStart)).toBe(15);
  await keyboard.press("End");
  await keyboard.type("1");
  expect(await number.inputValue()).toBe("4111 1111 1111 1111");
  await keyboard.press("Tab");
  await keyboard.type("03");
  await keyboard.press("Tab");
  await keyboard.type("2099");
  await keyboard.press("Tab");
  await keyboard.type("Ada Example");
  await tabTo("Send");
  await keyboard.press("Space");
  await on.act("wait_status", { contains: "Sent." });
  // The page changed under the keyboard; it goes on at the heading.
  await expect.poll(async () => (await focused()).name).toBe("Sent.");
  expect((await box.items()).map((item) => item.name).sort()).toEqual(["", "right.pdf"]);

  await tabTo("Delete my data now");
  await keyboard.press("Enter");
  expect((await focused()).name).toBe("Ticket reference");
  await keyboard.type("#4821");
  await keyboard.press("Enter");
  await on.act("wait_status", { contains: "You asked for this" });
  expect((await box.words()).length).toBe(1);
});

test("a phone: Take photo is a button of its own, with the camera behind it", async () => {
  const box = await openBox(on.relay, [ID_DOCUMENT]);
  const context = await on.customer.context.browser().newContext({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const choosers = [];
  page.on("filechooser", (chooser) => choosers.push(chooser));
  await page.goto(box.link);
  const take = page.getByLabel("Take photo for ID document");
  await take.waitFor({ state: "attached" });
  expect(await take.getAttribute("capture")).toBe("environment");
  // The main action is seen without scrolling.
  const label = page.locator("label", { hasText: "Take photo" });
  const { y, height } = await label.boundingBox();
  expect(y + height).toBeLessThan(844);
  expect(height).toBeGreaterThanOrEqual(44);
  await label.tap();
  await expect.poll(() => choosers.length).toBe(1);
  await choosers[0].setFiles(on.file("photo.pdf", paper(1)));
  // A camera gives pictures; whatever it gives is checked the same way.
  await page.locator(".files .ready").waitFor();
  await context.close();
});

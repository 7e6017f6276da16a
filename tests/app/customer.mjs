// A customer with a phone: the system's Chromium at a phone's size, and what such a customer has to give.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Customer } from "../browser/driver.mjs";
import { paper, photo } from "../browser/pictures.mjs";

const PHONE = { width: 390, height: 844 };
export const ID_SLOT = "Passport or ID card";
export const CARD = { number: "4111 1111 1111 1111", month: "9", year: "2031", holder: "Ada Example" };

/** Opens a browser. `act` runs a command of tests/browser/driver.mjs; `stop` ends it. */
export async function openCustomer() {
  const customer = await Customer.start();
  const folder = mkdtempSync(join(tmpdir(), "cloakroom-customer-"));
  const act = (cmd, fields = {}) => customer.obey({ cmd, ...fields });
  return {
    act,
    page: (tab) => customer.page(tab),
    /** Opens a link as on a phone, in a tab of its own if it has a name. */
    async open(url, tab) {
      await act("open", { url, tab });
      await customer.page(tab).setViewportSize(PHONE);
    },
    /** Writes a file to give. */
    file(name, bytes) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    },
    async stop() {
      await customer.quit();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A phone's picture: 12 megapixels, taken with the phone turned, with a position in its EXIF. */
export function passport() {
  return photo(4000, 3000, 6);
}

/** A PDF of several pages and of so many bytes: an object that no page uses fills it up. */
export function letter(pages, bytes) {
  const whole = paper(pages).toString("latin1");
  const at = whole.indexOf("xref\n");
  const stream = "0".repeat(bytes);
  const filling = `99 0 obj\n<< /Length ${bytes} >>\nstream\n${stream}\nendstream\nendobj\n`;
  const end = whole.slice(at).replace(/startxref\n\d+/, `startxref\n${at + filling.length}`);
  return Buffer.from(whole.slice(0, at) + filling + end, "latin1");
}

/** What most journeys send: one small paper and a card. */
export async function giveSmall(customer, tab) {
  await customer.act("give_file", { tab, slot: ID_SLOT, path: customer.file("letter.pdf", paper(1)) });
  await customer.act("give_card", { tab, ...CARD });
}

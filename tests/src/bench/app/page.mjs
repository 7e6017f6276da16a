// The customer's page over a slow network on a slow phone, and what of it is loaded.
import { gzipSync } from "node:zlib";
import { Customer } from "../../../browser/driver.mjs";
import { launch } from "../../../browser/chromium.mjs";

/** Slow 3G as Chromium's own tools have it: bytes a second each way, and ms there and back. */
const SLOW = { offline: false, latency: 2_000, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const PROCESSOR = 4;

/** Ms from the address to a page on which something can be chosen; KiB until something is seen, and until then. */
export async function slowPhone(url) {
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    const loaded = watch(page);
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", SLOW);
    await session.send("Emulation.setCPUThrottlingRate", { rate: PROCESSOR });
    await page.goto(url, { waitUntil: "commit", timeout: 120_000 });
    // A function: the page's policy lets no text be run as a script.
    const usable = () => (globalThis.document.querySelector("input[type=file]:enabled") ? performance.now() : false);
    const seen = () => performance.getEntriesByName("first-contentful-paint").length > 0;
    await page.waitForFunction(seen, null, { polling: 20, timeout: 120_000 });
    const first = await sum(loaded);
    const handle = await page.waitForFunction(usable, null, { polling: "raf", timeout: 120_000 });
    // What the page fetches ahead afterwards keeps nobody waiting.
    return { interactive: await handle.jsonValue(), first, usable: await sum(loaded) };
  } finally {
    await browser.close();
  }
}

/** Sends a picture and, where it is asked for, a card. KiB of pages, scripts and styles in all. */
export async function send(url, { slot, picture, card }) {
  const customer = await Customer.start();
  try {
    await customer.obey({ cmd: "new_context" });
    const loaded = watch(customer.context);
    await customer.obey({ cmd: "open", url });
    await customer.obey({ cmd: "give_file", slot, path: picture });
    if (card) await customer.obey({ cmd: "give_card", ...card });
    await customer.obey({ cmd: "send" });
    // A desk that is quick has said so before the page says that it went.
    const status = customer.page().locator("[role=status]");
    await status.filter({ hasText: /Sent\.|Received by/ }).first().waitFor({ state: "attached", timeout: 60_000 });
    return await sum(loaded);
  } finally {
    await customer.quit();
  }
}

/** Everything of ours that has arrived, by path: its length as the wire has it. */
function watch(target) {
  const loaded = new Map();
  target.on("requestfinished", async (request) => {
    const response = await request.response();
    const { pathname, protocol } = new URL(request.url());
    const isOurs = protocol === "http:" && !pathname.startsWith("/v1/") && response?.ok();
    if (isOurs) loaded.set(pathname, response.body().then((body) => gzipSync(body, { level: 9 }).length, () => 0));
  });
  return loaded;
}

async function sum(loaded) {
  const sizes = await Promise.all(loaded.values());
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

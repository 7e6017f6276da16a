// What a customer does with the page, by role and accessible name only.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { Network } from "./network.mjs";
import { clearStorage, dumpStorage } from "./storage.mjs";

const TIMEOUT_MS = 60_000;

export class Customer {
  #browser;
  #context = null;
  #network = null;
  #tabs = new Map();
  #current = "main";
  #messages = [];

  static async start() {
    const customer = new Customer();
    customer.#browser = await launch();
    return customer;
  }

  get version() {
    return this.#browser.version();
  }

  /** Runs one command: an object as in README.md. */
  async obey(command) {
    const act = COMMANDS[command.cmd];
    if (!act) throw new Error("there is no such command");
    return (await act.call(this, command)) ?? {};
  }

  async open({ url, tab, timeout }) {
    await this.#ready();
    const name = tab ?? this.#current;
    if (!this.#tabs.has(name)) this.#tabs.set(name, await this.#newTab());
    this.#current = name;
    const page = this.#tabs.get(name);
    // A link that differs in its fragment alone would not load anew.
    await page.goto("about:blank");
    const answer = await page.goto(url, { timeout: timeout ?? TIMEOUT_MS });
    await this.#loaded(page, timeout);
    return { status: answer?.status() ?? 0 };
  }

  async newContext() {
    // What a test still holds up of the network is let go of first.
    await this.#context?.unrouteAll({ behavior: "ignoreErrors" });
    await this.#context?.close();
    this.#context = null;
    this.#tabs.clear();
    this.#messages = [];
    await this.#ready();
  }

  async reload({ tab, timeout }) {
    const page = this.page(tab);
    await page.reload();
    await this.#loaded(page, timeout);
  }

  async clearStorage({ tab, keep_session: keep, timeout }) {
    const page = this.page(tab);
    await clearStorage(page, keep === true);
    await page.reload();
    await this.#loaded(page, timeout);
  }

  async close({ tab }) {
    const name = tab ?? this.#current;
    await this.page(name).close();
    this.#tabs.delete(name);
    this.#current = [...this.#tabs.keys()].at(-1) ?? "main";
  }

  async giveFile({ tab, slot, path, wait, timeout }) {
    const group = this.page(tab).getByRole("group", { name: slot, exact: true });
    const ready = group.getByRole("listitem").filter({ hasText: "ready to send" });
    const refused = group.locator(".error:not(:empty)");
    const before = await ready.count();
    await group.getByLabel("Choose file").setInputFiles(path);
    if (wait === false) return;
    await ready.nth(before).or(refused).first().waitFor({ timeout: timeout ?? 120_000 });
    if ((await refused.count()) > 0) throw new Error((await refused.allInnerTexts()).join(" "));
  }

  async giveCard({ tab, number, month, year, holder }) {
    const page = this.page(tab);
    await page.getByLabel("Card number").fill(String(number));
    await page.getByLabel("Expiry month").fill(String(month));
    await page.getByLabel("Expiry year").fill(String(year));
    await page.getByLabel("Name on card").fill(String(holder));
    await page.getByLabel("Name on card").blur();
  }

  async waitStatus({ tab, contains, timeout }) {
    // With case: "Deleted on" is not "will be deleted on".
    const hasText = new RegExp(contains.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const wanted = this.page(tab).locator("[role=status], [role=alert]").filter({ hasText });
    try {
      await wanted.first().waitFor({ state: "attached", timeout: timeout ?? TIMEOUT_MS });
    } catch {
      const said = await this.page(tab).locator("[role=status], [role=alert]").allInnerTexts();
      throw new Error(`the page does not say that; it says: ${said.join(" | ")}`);
    }
    return { text: (await wanted.allInnerTexts()).join(" ") };
  }

  async waitText({ tab, contains, timeout }) {
    await this.page(tab).getByText(contains).first().waitFor({ timeout: timeout ?? TIMEOUT_MS });
    return this.text({ tab });
  }

  async text({ tab }) {
    return { text: await this.page(tab).locator("body").innerText() };
  }

  async progress({ tab }) {
    const bar = this.page(tab).getByRole("progressbar", { includeHidden: true });
    const value = (await bar.count()) > 0 ? await bar.getAttribute("aria-valuenow") : null;
    return { value: value === null ? null : Number(value) };
  }

  async waitProgress({ tab, at_least: atLeast, timeout }) {
    const reached = (least) =>
      Number(document.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow") ?? -1) >= least;
    await this.page(tab).waitForFunction(reached, atLeast, { timeout: timeout ?? TIMEOUT_MS });
    return this.progress({ tab });
  }

  async roles({ tab }) {
    const snapshot = await this.page(tab).locator("body").ariaSnapshot();
    const roles = [...snapshot.matchAll(/^\s*- '?([a-z]+)(?: "((?:[^"\\]|\\.)*)")?/gm)];
    return { roles: roles.map(([, role, name]) => ({ role, name: name ?? "" })), snapshot };
  }

  /** Seals a file of random bytes that calls itself a PDF, and measures. */
  async benchSeal({ tab, slot, mib }) {
    const page = this.page(tab);
    const folder = mkdtempSync(join(tmpdir(), "cloakroom-bench-"));
    const path = join(folder, "bench.pdf");
    writeFileSync(path, Buffer.concat([Buffer.from("%PDF-1.7\n"), randomBytes(mib * 1024 * 1024 - 9)]));
    try {
      const frames = await page.evaluateHandle(() => {
        const seen = { longest: 0, running: true };
        let before = performance.now();
        const tick = (now) => {
          seen.longest = Math.max(seen.longest, now - before);
          before = now;
          if (seen.running) requestAnimationFrame(tick);
        };
        requestAnimationFrame((now) => {
          before = now;
          requestAnimationFrame(tick);
        });
        // Long tasks show what the page's own thread did, whatever the display's rate.
        seen.tasks = [];
        seen.observer = new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((each) => each.duration)));
        seen.observer.observe({ type: "longtask" });
        performance.clearMeasures("cloakroom-seal");
        return seen;
      });
      const before = performance.now();
      await this.giveFile({ tab, slot, path });
      const endToEnd = performance.now() - before;
      const group = page.getByRole("group", { name: slot, exact: true });
      await group.getByRole("button", { name: "Remove bench.pdf" }).click();
      await group.getByText("bench.pdf").first().waitFor({ state: "detached" });
      return await frames.evaluate(
        (seen, total) => {
          seen.running = false;
          seen.observer.disconnect();
          const ms = performance.getEntriesByName("cloakroom-seal").at(-1)?.detail.ms ?? null;
          return { ms, end_to_end_ms: total, longest_frame_ms: seen.longest, long_tasks_ms: seen.tasks };
        },
        endToEnd,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** The largest renderer's resident memory, now and at its highest, in KiB (Linux). */
  async memory() {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    const all = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => readFileSync(`/proc/${id}/status`, "utf8"));
    const figure = (status, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    const figures = all.map((status) => ({ now_kib: figure(status, "VmRSS"), peak_kib: figure(status, "VmHWM") }));
    return figures.sort((a, b) => b.peak_kib - a.peak_kib)[0];
  }

  page(tab) {
    const page = this.#tabs.get(tab ?? this.#current);
    if (!page) throw new Error("no such tab is open");
    return page;
  }

  get context() {
    return this.#context;
  }

  get network() {
    return this.#network;
  }

  get messages() {
    return this.#messages;
  }

  /** Asked twice, once is enough. */
  async quit() {
    const context = this.#context;
    this.#context = null;
    await context?.unrouteAll({ behavior: "ignoreErrors" });
    await this.#browser.close();
  }

  async #ready() {
    if (this.#context) return;
    this.#context = await this.#browser.newContext();
    this.#context.setDefaultTimeout(TIMEOUT_MS);
    this.#network = new Network(this.#context);
    this.#context.on("console", (message) => this.#messages.push(`${message.type()}: ${message.text()}`));
    this.#context.on("weberror", (error) => this.#messages.push(`error: ${error.error()}`));
    // Violations in the page itself, also where nothing is printed.
    await this.#context.exposeBinding("cloakroomViolation", (_, text) => this.#messages.push(`csp: ${text}`));
    await this.#context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        globalThis.cloakroomViolation(`${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }

  #newTab() {
    return this.#context.newPage();
  }

  async #loaded(page, timeout = TIMEOUT_MS) {
    const loaded = () => !/^Loading|^$/.test(document.querySelector("[role=status]")?.textContent ?? "");
    await page.waitForFunction(loaded, null, { timeout });
  }
}

const COMMANDS = {
  open: Customer.prototype.open,
  new_context: Customer.prototype.newContext,
  reload: Customer.prototype.reload,
  clear_storage: Customer.prototype.clearStorage,
  close: Customer.prototype.close,
  give_file: Customer.prototype.giveFile,
  give_card: Customer.prototype.giveCard,
  async fill({ tab, label, value }) {
    await this.page(tab).getByLabel(label, { exact: true }).filter({ visible: true }).fill(value);
  },
  async send({ tab }) {
    await this.page(tab).getByRole("button", { name: "Send", exact: true }).click();
  },
  async click({ tab, role, name }) {
    await this.page(tab).getByRole(role, { name, exact: true }).filter({ visible: true }).click();
  },
  wait_status: Customer.prototype.waitStatus,
  wait_text: Customer.prototype.waitText,
  text: Customer.prototype.text,
  async url({ tab }) {
    return { url: this.page(tab).url() };
  },
  progress: Customer.prototype.progress,
  wait_progress: Customer.prototype.waitProgress,
  async offline({ on }) {
    await this.context.setOffline(on);
  },
  async cut_after({ requests, bytes }) {
    await this.network.cutAfter(requests, bytes);
  },
  async wait_cut({ timeout }) {
    return { sent: await this.network.waitCut(timeout ?? TIMEOUT_MS) };
  },
  async restore() {
    await this.network.restore();
  },
  async size({ tab, width, height }) {
    await this.page(tab).setViewportSize({ width, height });
  },
  async screenshot({ tab, path, whole }) {
    await this.page(tab).screenshot({ path, fullPage: whole ?? true });
  },
  async console() {
    return { messages: this.messages };
  },
  async requests() {
    return { requests: this.network.requests };
  },
  async storage({ tab, find }) {
    return dumpStorage(this.page(tab), find ?? []);
  },
  roles: Customer.prototype.roles,
  bench_seal: Customer.prototype.benchSeal,
  memory: Customer.prototype.memory,
};

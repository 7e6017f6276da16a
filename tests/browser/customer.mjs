#!/usr/bin/env node
// A customer with a real browser, driven by JSON lines: one command a line on stdin, one answer a line on stdout.
// README.md lists the commands.
import { createInterface } from "node:readline";
import { Customer } from "./driver.mjs";

const customer = await Customer.start();
const answer = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
answer({ ready: true, chromium: customer.version });

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "") continue;
  let id;
  try {
    const command = JSON.parse(line);
    id = command.id;
    if (command.cmd === "quit") {
      await customer.quit();
      answer({ id, ok: true });
      break;
    }
    answer({ id, ok: true, ...(await customer.obey(command)) });
  } catch (error) {
    answer({ id, ok: false, error: String(error?.message ?? error) });
  }
}
await customer.quit();
process.exit(0);

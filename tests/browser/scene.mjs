// What every test here begins with: a relay, a customer, a folder for files.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Customer } from "./driver.mjs";
import { startRelay } from "./relay.mjs";

export async function scene() {
  const relay = await startRelay();
  const customer = await Customer.start();
  const folder = mkdtempSync(join(tmpdir(), "cloakroom-files-"));
  return {
    relay,
    customer,
    /** Runs a command of the driver. */
    act: (cmd, fields = {}) => customer.obey({ cmd, ...fields }),
    /** Writes a file to give. */
    file(name, bytes) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    },
    async stop() {
      await customer.quit();
      await relay.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

// The real relay, on a port of its own, serving the built page.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Starts it; `stop` ends it and removes its data. */
export async function startRelay() {
  const folder = mkdtempSync(join(tmpdir(), "cloakroom-relay-"));
  const token = randomBytes(32).toString("hex");
  const tokenFile = join(folder, "desk-token");
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
  const program = process.env.CLOAKROOM_RELAY ?? join(root, "target/debug/cloakroom-relay");
  const page = join(root, "ui/drop/dist");
  const contact = "Reception <b>of Hotel Adler</b>\n+43 1 234 56 78";
  const args = ["serve", "--public-contact", contact, "--data-dir", join(folder, "data"), "--listen", "127.0.0.1:0", "--page", page];
  const child = spawn(program, [...args, "--desk-token-file", tokenFile], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((resolve, reject) => {
    child.once("error", () => reject(new Error("The relay did not start. Build it first: cargo build -p relay")));
    child.once("exit", () => reject(new Error("The relay ended before it was ready.")));
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      try {
        const said = JSON.parse(line);
        if (said.port) resolve(said.port);
      } catch {
        // Not the line we wait for.
      }
    });
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    token,
    folder,
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// What was on the screen when a test failed, for whoever looks into it: target/failed-app/.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../target/failed-app/", import.meta.url));

/** For `afterEach`: a picture of the window that is turned to, if the test failed. */
export async function keepPicture({ task }, app) {
  if (task.result?.state !== "fail" || !app) return;
  mkdirSync(folder, { recursive: true });
  const picture = await app.picture().catch(() => null);
  if (picture) writeFileSync(join(folder, `${task.name.replace(/[^a-z0-9]+/gi, "-").slice(0, 80)}.png`), picture);
}

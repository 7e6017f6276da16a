// Tests with what is not on the agent's computer: set up before each, and taken down whatever became of it.
import { afterEach, beforeEach, test } from "vitest";
import { openMachine } from "./app.mjs";
import { openElsewhere } from "./elsewhere.mjs";
import { keepPicture } from "./journey-failure.mjs";

/**
 * Vitest's `test`, skipped where this machine has no such place, which who looked for it says. `take` hears what is there,
 * and answers what else is to be stopped, if anything; `app` answers the app whose picture is kept if the test failed.
 */
export function testElsewhere(take, app) {
  const open = [];
  beforeEach(async () => {
    const elsewhere = await openElsewhere();
    if (!elsewhere) return;
    open.push(elsewhere);
    const machine = await openMachine();
    open.push(machine);
    open.push(await take(elsewhere, machine));
  });
  afterEach(async (context) => {
    await keepPicture(context, app());
    // One that does not end in order keeps no other running, and is said after all.
    const failed = [];
    for (const each of open.splice(0).reverse()) await each?.stop().catch((error) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  });
  return (name, body) => test(name, (context) => (open.length > 0 ? body(context) : context.skip()));
}

import { test } from "vitest";

/** Vitest's `test`, for what needs the place that this answers: skipped where there is none, which who looked for it says. */
export function testAt(place) {
  return (name, body) => test(name, (context) => (place() ? body(context) : context.skip()));
}

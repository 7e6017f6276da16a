// Who looked before, in one line and in a list.
import type { Look, Subject } from "../generated";
import { times } from "../lib/words";

/** Openings and tries, newest first, with the reason as policy words it. */
export function openings({ looks, reasons }: Pick<Subject, "looks" | "reasons">): Look[] {
  return looks
    .filter(({ what }) => what !== "covered")
    .map((look) => ({ ...look, reason: reasons.find(({ code }) => code === look.reason)?.text ?? look.reason }))
    .reverse();
}

/** "Opened once before", "Opened 3 times before". Tries that failed count as such. */
export function summary(openings: readonly Look[]): string {
  const opened = openings.filter(({ what }) => what === "opened").length;
  const failed = openings.length - opened;
  if (openings.length === 0) return "Nobody has opened it yet";
  const tries = failed === 0 ? "" : ` (${failed} ${failed === 1 ? "try" : "tries"} failed)`;
  if (opened === 0) return `Not opened yet${tries}`;
  return `Opened ${times(opened)} before${tries}`;
}

// Who opened what: each opening with how long it stayed open.
import type { Look } from "../generated";

export interface Opening {
  at: number;
  who: string;
  slot: number;
  failed: boolean;
  reason: string | null;
  /** How long it was open; none while it is, or where the end was not recorded. */
  seconds: number | null;
}

/** Newest first. `looks` come oldest first; a covering belongs to the last opening of its slot by the same person. */
export function openings(looks: readonly Look[]): Opening[] {
  const made: Opening[] = [];
  for (const { at, who, slot, what, reason } of looks) {
    if (what !== "covered") {
      made.push({ at, who, slot, failed: what === "failed", reason, seconds: null });
      continue;
    }
    const open = made.filter((each) => each.who === who && each.slot === slot && !each.failed && each.seconds === null);
    const opened = open.at(-1);
    if (opened) opened.seconds = Math.max(0, at - opened.at);
  }
  return made.reverse();
}

// How a relay goes, in words.
import type { RelayView } from "../generated";

/** What it is called: a relay inside has no address that anybody would know. */
export function relayName({ inside, origin }: Pick<RelayView, "inside" | "origin">): string {
  return inside ? "This computer" : origin.replace(/^https?:\/\//, "");
}

export type Going = "well" | "waiting" | "badly";

/** Whether it answers. */
export function going({ connected, problem }: Pick<RelayView, "connected" | "problem">): Going {
  if (problem !== null) return "badly";
  return connected === null ? "waiting" : "well";
}

/** One word or two for it. */
export const GOING: Record<Going, string> = { well: "Connected", waiting: "Connecting …", badly: "Not connected" };

/** Whether it does not answer and is waited for only to finish. */
export function isMissed({ current, problem }: Pick<RelayView, "current" | "problem">): boolean {
  return !current && problem !== null;
}

/** How its news come. */
export function newsWords(news: RelayView["news"]): string | null {
  switch (news) {
    case "stream":
      return "at once, over a connection that stays open";
    case "asking":
      return "by asking again and again: something on the way cuts connections that stay open";
    case "nothing":
      return null;
  }
}

const MINUTE = [60, "minute"] as const;
const HOUR = [3_600, "hour"] as const;
const DAY = [86_400, "day"] as const;

/** How far its clock is from this computer's; nothing to say of less than a minute. */
export function clockWords(ahead: number | null): string | null {
  if (ahead === null) return null;
  const apart = Math.abs(ahead);
  if (apart < 60) return "agrees with this computer’s";
  const [seconds, unit] = apart < 7_200 ? MINUTE : apart < 172_800 ? HOUR : DAY;
  const count = Math.trunc(apart / seconds);
  return `${count} ${unit}${count === 1 ? "" : "s"} ${ahead > 0 ? "ahead of" : "behind"} this computer’s`;
}

/** What is still to be finished there. */
export function leftWords(left: number): string {
  if (left === 0) return "Nothing is left there.";
  return left === 1 ? "1 link is still finished there." : `${left} links are still finished there.`;
}

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

/** How far its clock is from this computer's; nothing to say of less than a minute. */
export function clockWords(ahead: number | null): string | null {
  if (ahead === null) return null;
  const minutes = Math.trunc(Math.abs(ahead) / 60);
  if (minutes === 0) return "agrees with this computer’s";
  const unit = minutes === 1 ? "minute" : "minutes";
  return `${minutes} ${unit} ${ahead > 0 ? "ahead of" : "behind"} this computer’s`;
}

/** What is still to be finished there. */
export function leftWords(left: number): string {
  return left === 1 ? "1 link is still finished there" : `${left} links are still finished there`;
}

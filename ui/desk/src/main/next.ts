// What happens next with a request, in one sentence.
import type { HoldingView, RequestView, RoundView } from "../generated";
import { date, relative } from "../lib/dates";

/** Whether a link could still bring something. */
export function awaits(round: RoundView): boolean {
  return round.state === "opening" || round.state === "waiting" || round.state === "sending";
}

/** What is held and will be destroyed: only of rounds that something arrived or was sent for. */
export function alive(request: Pick<RequestView, "rounds">): HoldingView[] {
  return request.rounds
    .filter((round) => round.arrived !== null || round.state === "sent")
    .flatMap((round) => round.holdings.filter((held) => held.state === "alive"));
}

export function isDestroying(request: Pick<RequestView, "rounds">): boolean {
  return request.rounds.some((round) => round.holdings.some((held) => held.state === "destroying"));
}

/** When the first of it is destroyed because the ticket ended, if undoing is still possible. */
export function closingAt(request: RequestView): number | null {
  if (request.ticketState === "open") return null;
  const due = alive(request).flatMap((held) => held.due ?? []);
  return due.length === 0 ? null : Math.min(...due);
}

export function next(request: RequestView, now: number): string {
  const at = (time: number) => `${date(time)} (${relative(time, now)})`;
  const newest = request.rounds[0];
  if (isDestroying(request)) return "It is being destroyed. The certificate follows when every copy is confirmed gone.";
  if (request.rounds.some((round) => round.problem !== null)) {
    return "Something went wrong. What happened, and what to do, stands below.";
  }
  const first = soonest(alive(request));
  if (first) {
    // The rule is a phrase or a clause of the desk's; a colon takes either.
    const when = `${at(first.due)}${first.rule ? `: ${first.rule}` : ""}`;
    if (request.ticketState !== "open") return `Will be destroyed ${when}.`;
    return `Close the ticket when you are done. At the latest, it is destroyed ${when}.`;
  }
  switch (newest?.state) {
    case "opening":
      return "The link is being made. It can be sent once the relay has it.";
    case "waiting":
      return `Nothing was sent yet. The link works until ${at(newest.expires)}.`;
    case "sending":
      return "The customer is sending now. It arrives here by itself.";
    case "sent":
      return "It was sent and is being collected.";
    case "expired":
    case "revoked":
      return newest.state === "expired"
        ? `The link ended ${at(newest.expires)} and nothing was sent. Ask again if you still need it.`
        : "The link was taken back and nothing was sent. Ask again if you still need it.";
    case "withdrawn":
      return "The customer wanted it gone. Everything is destroyed.";
    default:
      return "Everything is destroyed. The certificate proves it.";
  }
}

function soonest(holdings: HoldingView[]): { due: number; rule: string | null } | null {
  let first: { due: number; rule: string | null } | null = null;
  for (const { due, rule } of holdings) {
    if (due !== null && (first === null || due < first.due)) first = { due, rule };
  }
  return first;
}

// What happens next with a request, in one sentence.
import type { HoldingView, RequestView, RoundView } from "../generated";
import { date, relative } from "../lib/dates";
import { counted } from "../lib/words";

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

/** Whether the relay no longer has its part of every key to what is here: nothing of it opens any more. */
function isLost({ rounds }: Pick<RequestView, "rounds">): boolean {
  const items = rounds.flatMap((round) => round.items);
  return items.length > 0 && items.every(({ lost }) => lost);
}

/** When the first of it is destroyed because the ticket ended, if undoing is still possible. */
export function closingAt(request: RequestView): number | null {
  if (request.ticketState === "open") return null;
  const due = alive(request).flatMap((held) => held.due ?? []);
  return due.length === 0 ? null : Math.min(...due);
}

export function next(request: RequestView, now: number): string {
  const at = (time: number) => `${date(time)} (${relative(time, now)})`;
  // First to last: what was asked for last is what is waited for.
  const newest = request.rounds.at(-1);
  const ending = "It is being destroyed. The certificate follows when every copy is confirmed gone.";
  if (isDestroying(request)) return ending;
  if (request.rounds.some((round) => round.problem !== null && !round.answered)) {
    return "Something went wrong. What happened, and what to do, stands below.";
  }
  const held = alive(request);
  if (held.some(({ due }) => due !== null)) {
    const end = onlyEnd(held);
    // The date stands on the chip, and at the head of each class.
    if ((closingAt(request) ?? now + 1) <= now) return ending;
    if (request.ticketState !== "open") return `You can undo the close until ${end ? "it" : "the first of it"} is destroyed.`;
    const todo = isLost(request) ? "Nothing of it opens any more. Ask again if you still need it." : "Close the ticket when you are done.";
    if (!end) return todo;
    // The rule is a phrase or a clause of the desk's; a colon takes either.
    const when = `${at(end.due)}${end.rule ? `: ${end.rule}` : ""}`;
    return `${todo} At the latest, it is destroyed ${when}.`;
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
        : `${newest.takenBack ?? "The link was taken back"} and nothing was sent. Ask again if you still need it.`;
    case "withdrawn":
      return "The customer wanted it gone. Everything is destroyed.";
    default:
      return ["Everything is destroyed.", recorded(request)].filter(Boolean).join(" ");
  }
}

/** When it all ends, where it all ends at once; classes and rounds may end at different times. */
function onlyEnd(holdings: readonly HoldingView[]): { due: number; rule: string | null } | null {
  const [first, ...others] = holdings;
  if (!first || first.due === null || others.some(({ due }) => due !== first.due)) return null;
  return { due: first.due, rule: first.rule };
}

/** "2 certificates record it.": one of each purge. */
function recorded({ rounds }: Pick<RequestView, "rounds">): string {
  const count = new Set(rounds.flatMap((round) => round.holdings.flatMap(({ purge }) => purge ?? []))).size;
  return count === 0 ? "" : `${counted(count, "certificate")} ${count === 1 ? "records" : "record"} it.`;
}

import { describe, expect, it } from "vitest";
import type { HoldingView, Look, RequestView, RoundView } from "../src/generated";
import { openings } from "../src/main/looks";
import { closingAt, next } from "../src/main/next";

const NOW = 1_800_000_000;
const HOUR = 3_600;

const holding = (more: Partial<HoldingView> = {}): HoldingView => ({
  class: "identity",
  state: "alive",
  due: NOW + 72 * HOUR,
  rule: "the ticket was closed",
  ifClosed: NOW + 72 * HOUR,
  promised: NOW + 30 * 24 * HOUR,
  purge: null,
  keptUntil: null,
  unseen: false,
  offered: null,
  longest: null,
  ...more,
});
const round = (more: Partial<RoundView> = {}): RoundView => ({
  box: "b",
  number: 1,
  state: "collected",
  opened: NOW - HOUR,
  expires: NOW + 24 * HOUR,
  arrived: NOW - 60,
  problem: null,
  takenBack: null,
  holdings: [holding()],
  items: [],
  looks: [],
  way: "link",
  again: false,
  why: null,
  answered: false,
  reminders: [],
  remindNow: false,
  ...more,
});
const request = (rounds: RoundView[], ticketState: RequestView["ticketState"] = "open"): RequestView => ({
  id: "r",
  ticket: "#4821",
  ticketState,
  title: "ID document",
  template: "id-document",
  shelf: "open",
  created: NOW,
  due: null,
    overThere: false,
    claim: null,
    replies: [],
  rounds,
});

describe("what happens next", () => {
  it("says that a close at the helpdesk took the link back", () => {
    const taken = { state: "revoked", arrived: null } as const;
    expect(next(request([round(taken)]), NOW)).toMatch(/^The link was taken back and nothing was sent\./);
    const takenBack = "The ticket was closed at its helpdesk, so the link was taken back";
    expect(next(request([round({ ...taken, takenBack })]), NOW)).toMatch(/^The ticket was closed at its helpdesk, so the link was taken back and nothing/);
  });

  it("is the customer's turn while nothing was sent, whatever is promised", () => {
    const waiting = request([round({ state: "waiting", arrived: null })]);
    expect(next(waiting, NOW)).toMatch(/^Nothing was sent yet\. The link works until .+ \(tomorrow\)\.$/);
    expect(closingAt(request([round({ state: "waiting", arrived: null })], "closed"))).toBeNull();
  });

  it("is the agent's while something is held, and says the latest end", () => {
    expect(next(request([round()]), NOW)).toMatch(/^Close the ticket when you are done\. At the latest, .+ \(in 3 days\): the ticket was closed\.$/);
  });

  it("is asking again once nothing opens any more", () => {
    const item = { item: "i", class: "identity", slot: 0, label: "Passport or ID card", kind: "document", arrived: NOW, described: null } as const;
    const lost = { ...item, missing: "The relay no longer has its part of the key.", lost: true };
    const away = { ...lost, missing: "The relay cannot be reached.", lost: false };
    expect(next(request([round({ items: [lost] })]), NOW)).toMatch(/^Nothing of it opens any more\. Ask again if you still need it\. At the latest,/);
    for (const items of [[away], [lost, away]]) expect(next(request([round({ items })]), NOW)).toMatch(/^Close the ticket when you are done\./);
  });

  it("names no end where its classes or rounds have several", () => {
    const two = [holding(), holding({ class: "payment", due: NOW + HOUR })];
    expect(next(request([round({ holdings: two })]), NOW)).toBe("Close the ticket when you are done.");
    expect(next(request(two.map((each) => round({ holdings: [each] }))), NOW)).toBe("Close the ticket when you are done.");
    const same = two.map((each) => ({ ...each, due: NOW + HOUR }));
    expect(next(request([round({ holdings: same })]), NOW)).toMatch(/At the latest, .+ \(in 1 hour\)/);
  });

  it("is undoing once the ticket is closed, until the first of all that is held is destroyed", () => {
    const closed = request([round({ holdings: [holding(), holding({ class: "payment", due: NOW + HOUR })] })], "closed");
    expect(next(closed, NOW)).toBe("You can undo the close until the first of it is destroyed.");
    expect(next(request([round()], "closed"), NOW)).toBe("You can undo the close until it is destroyed.");
    expect(closingAt(closed)).toBe(NOW + HOUR);
    expect(next(closed, NOW + HOUR)).toMatch(/^It is being destroyed/);
  });

  it("counts the certificates that record the end, one for each purge", () => {
    const gone = (purge: string | null) => holding({ state: "gone", purge });
    const ended = (...purges: (string | null)[]) => next(request([round({ state: "purged", holdings: purges.map(gone) })], "closed"), NOW);
    expect(ended("p1")).toBe("Everything is destroyed. 1 certificate records it.");
    expect(ended("p1", "p2", "p2")).toBe("Everything is destroyed. 2 certificates record it.");
    expect(ended(null)).toBe("Everything is destroyed.");
  });

  it("never says destroyed before it is", () => {
    const destroying = request([round({ holdings: [holding({ state: "destroying" })] })], "closed");
    expect(next(destroying, NOW)).toMatch(/^It is being destroyed/);
    expect(next(request([round({ state: "purged", holdings: [holding({ state: "gone" })] })], "closed"), NOW)).toMatch(/^Everything is destroyed/);
  });

  it("speaks of the round that was asked for last", () => {
    const first = round({ state: "expired", holdings: [holding({ state: "gone" })], arrived: null });
    const second = round({ number: 2, state: "waiting", arrived: null, holdings: [holding({ due: null })] });
    expect(next(request([first, second]), NOW)).toMatch(/^Nothing was sent yet\. The link works until/);
  });

  it("says no more of a problem that was answered by asking again", () => {
    const stuck = round({ state: "sent", arrived: null, problem: "It is damaged.", answered: true, holdings: [holding({ due: null })] });
    const second = round({ number: 2, state: "waiting", arrived: null, holdings: [holding({ due: null })] });
    expect(next(request([stuck, second]), NOW)).toMatch(/^Nothing was sent yet/);
  });

  it("puts a problem first", () => {
    expect(next(request([round(), round({ state: "sent", problem: "The disk was full." })]), NOW)).toMatch(/^Something went wrong/);
  });
});

describe("openings", () => {
  const looksOf = (said: [Look["what"], number, number][]): Look[] =>
    said.map(([what, slot, at]) => ({ at, who: "Jana", class: "identity", slot, what, reason: null }));
  const openingsOf = (looks: Look[]) => openings(looks).map(({ at, slot, seconds }) => [at, slot, seconds]);

  it("last until they were covered, each by its own person and slot", () => {
    expect(openingsOf(looksOf([["opened", 0, 10], ["opened", 1, 12], ["covered", 0, 52], ["opened", 0, 60]]))).toEqual([
      [60, 0, null],
      [12, 1, null],
      [10, 0, 42],
    ]);
  });

  it("that failed have no end", () => {
    expect(openingsOf(looksOf([["failed", 0, 10], ["covered", 0, 20]]))).toEqual([[10, 0, null]]);
  });
});

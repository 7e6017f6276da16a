import { describe, expect, it } from "vitest";
import type { Look } from "../src/generated";
import { brand, parseCard } from "../src/reveal/card";
import { openings, summary } from "../src/reveal/looks";
import { announced, clock, spoken } from "../src/reveal/timer";
import { bounded, covered, fit, scrollFor, turned } from "../src/reveal/viewport";

describe("a card", () => {
  const bytes = (card: object) => new TextEncoder().encode(JSON.stringify(card));

  it("is read in fours, with two digits of the month and four of the year", () => {
    expect(parseCard(bytes({ number: "378282246310005", month: 9, year: 2029, holder: "A. Person" }))).toEqual({
      brand: "American Express",
      groups: ["3782", "8224", "6310", "005"],
      month: "09",
      year: "2029",
      holder: "A. Person",
    });
  });

  it("is refused without being quoted", () => {
    expect(() => parseCard(bytes({ number: "41111111", month: 1, year: 2030, holder: "" }))).toThrow(/^(?!.*4111)/);
  });

  it("names its brand", () => {
    expect(brand("4111111111111111")).toBe("Visa");
    expect(["5105105105105100", "2221000000000009", "2720990000000007"].map(brand)).toEqual(Array(3).fill("Mastercard"));
    expect(brand("6011000000000004")).toBe("Card");
  });
});

describe("a picture", () => {
  const picture = { width: 6000, height: 4000 };
  const room = { width: 900, height: 600 };

  it("fits, lying or standing, and a small one is not blown up", () => {
    expect(fit(picture, 0, room)).toBe(0.15);
    expect(fit(picture, 1, room)).toBe(0.1);
    expect(fit({ width: 90, height: 60 }, 2, room)).toBe(1);
    expect(turned(picture, 3)).toEqual({ width: 4000, height: 6000 });
  });

  it("zooms between the whole of it and single pixels", () => {
    expect(bounded(0.01, 0.15)).toBe(0.15);
    expect(bounded(99, 0.15)).toBe(8);
  });

  it("keeps what is under the pointer there", () => {
    // All of it is seen, in the middle; the point a third from the left goes twice as far from the picture's edge.
    const before = { scale: 0.1, shown: { width: 600, height: 400 } };
    const after = { scale: 0.2, shown: { width: 1200, height: 800 } };
    const point = { x: 300, y: 300 };
    // Under the pointer: 300 − 150 = 150 of 600 along, so 300 of 1200; and 200 of 400 down, so 400 of 800.
    expect(scrollFor({ x: 0, y: 0 }, point, before, after, room)).toEqual({ x: 0, y: 100 });
    expect(scrollFor({ x: 100, y: 0 }, { x: 450, y: 0 }, after, { scale: 0.4, shown: { width: 2400, height: 1600 } }, room).x).toBe(650);
  });

  it("carries the name where the picture is, and not beside it", () => {
    expect(covered({ width: 600, height: 400 }, room)).toEqual({ x: 150, y: 100, width: 600, height: 400 });
    expect(covered({ width: 6000, height: 400 }, room)).toEqual({ x: 0, y: 100, width: 900, height: 400 });
  });
});

describe("who looked", () => {
  const look = (at: number, what: Look["what"], reason: string | null): Look => ({ at, who: "Jana", class: "identity", slot: 0, what, reason });

  it("is told newest first, with the reason in words, and coverings left out", () => {
    const reasons = [{ code: "verify", text: "Verify identity" }];
    const seen = openings({ looks: [look(1, "opened", "verify"), look(2, "covered", null), look(3, "failed", "other")], reasons });
    expect(seen.map(({ at, reason }) => [at, reason])).toEqual([[3, "other"], [1, "Verify identity"]]);
    expect(summary(seen)).toBe("Opened once before (1 try failed)");
  });

  it("is said when it was nobody", () => {
    expect(summary([])).toBe("Nobody has opened it yet");
    expect(summary([look(1, "failed", null)])).toBe("Not opened yet (1 try failed)");
  });
});

describe("the time left", () => {
  it("is written, spoken, and announced three times", () => {
    expect([300, 65, 9].map(clock)).toEqual(["5:00", "1:05", "0:09"]);
    expect([300, 61, 1, 0].map(spoken)).toEqual(["5 minutes", "1 minute 1 second", "1 second", "0 seconds"]);
    expect([90, 60, 45, 30, 10, 5].filter(announced)).toEqual([60, 30, 10]);
  });
});

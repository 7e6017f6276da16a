import { describe, expect, it } from "vitest";
import type { BringSlot } from "../src/generated";
import { brandName, fromCard, fromText, isTyped, together, wipe, words } from "../src/bring/given";

const NOW = 1_800_000_000;
const CARD: BringSlot = { slot: 1, label: "Payment card", kind: "card", media: [], brands: ["visa", "mastercard"], most: 1 };
const TEXT: BringSlot = { slot: 0, label: "Answer", kind: "text", media: [], brands: [], most: 500 };
const typed = { number: "4111 1111 1111 1111", month: "3", year: "31", holder: " Ada  Example " };

describe("what is brought in", () => {
  it("is a card as the vault reads it, and never with a security code", () => {
    const given = fromCard(CARD, typed, NOW);
    expect(JSON.parse(new TextDecoder().decode(given.bytes))).toEqual({
      number: "4111111111111111",
      month: 3,
      year: 2031,
      holder: "Ada Example",
    });
    expect(() => fromCard(CARD, { ...typed, holder: "Ada 123" }, NOW)).toThrow(/security code/i);
    expect(() => fromCard(CARD, { ...typed, number: "378282246310005" }, NOW)).toThrow();
    expect(() => fromCard(CARD, { ...typed, year: "20" }, NOW)).toThrow();
  });

  it("goes in one row, each with its length, and is wiped", () => {
    const given = [fromText(TEXT, " after ten "), fromCard(CARD, typed, NOW)];
    const { items, body } = together(given);
    expect(items.map(({ slot, length }) => [slot, length])).toEqual([[0, 9], [1, given[1]?.bytes.length]]);
    expect(new TextDecoder().decode(body.slice(0, 9))).toBe("after ten");
    expect(body.length).toBe(items.reduce((sum, { length }) => sum + length, 0));
    wipe(given);
    expect(given.every(({ bytes }) => bytes.every((byte) => byte === 0))).toBe(true);
  });

  it("says what it is while it is typed, and fails in words", () => {
    expect(brandName("5555")).toBe("Mastercard");
    expect(brandName("4")).toBe("");
    expect(isTyped({ number: " ", month: "", year: "", holder: "" })).toBe(false);
    expect(words("?")).toBe("This did not work. Try again.");
  });
});

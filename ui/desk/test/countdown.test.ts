import { describe, expect, it } from "vitest";
import { age, countdown } from "../src/lib/countdown";

describe("a countdown", () => {
  it.each([
    [-5, "now"],
    [0, "now"],
    [0.4, "now"],
    [1, "1 s"],
    [59.9, "59 s"],
    [60, "1 min 0 s"],
    [552, "9 min 12 s"],
    [600, "10 min"],
    [3_599, "59 min"],
    [3_600, "1 h 0 min"],
    [71 * 3_600 + 58 * 60 + 30, "71 h 58 min"],
    [23 * 3_600, "23 h 0 min"],
    [24 * 3_600, "24 h"],
    [72 * 3_600 + 59, "72 h"],
    [5 * 86_400 - 1, "119 h 59 min"],
    [12 * 86_400, "12 days"],
  ])("of %d seconds reads %s", (seconds, words) => expect(countdown(seconds)).toBe(words));
});

describe("an age", () => {
  it.each([
    [-3, "now"],
    [59, "now"],
    [240, "4 min ago"],
    [7_200, "2 h ago"],
    [86_400, "1 day ago"],
    [10 * 86_400, "10 days ago"],
  ])("of %d seconds reads %s", (seconds, words) => expect(age(seconds)).toBe(words));
});

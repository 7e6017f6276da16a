import { describe, expect, it } from "vitest";
import { matches } from "../src/lib/match";

describe("the palette's filter", () => {
  it.each([
    ["New request", ""],
    ["New request", "new"],
    ["New request", "REQ"],
    ["New request", "req new"],
    ["New request", "nr"],
    ["Inbox: Waiting for the customer", "inb wai"],
    ["#4821", "#48"],
    ["Ångström", "ang"],
  ])("finds %s by %j", (text, typed) => expect(matches(text, typed)).toBe(true));

  it.each([
    ["New request", "quest"],
    ["New request", "new inbox"],
    ["Lock", "o"],
    ["#4821", "821"],
  ])("does not find %s by %j", (text, typed) => expect(matches(text, typed)).toBe(false));
});

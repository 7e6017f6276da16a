import { expect, test } from "vitest";
import { clockWords, going, isMissed, leftWords, newsWords, relayName } from "../src/main/relay";

test("a relay is called by what a person knows it as", () => {
  expect(relayName({ inside: true, origin: "http://127.0.0.1:40001" })).toBe("This computer");
  expect(relayName({ inside: false, origin: "https://drop.example.com" })).toBe("drop.example.com");
});

test("it goes well, badly, or nobody knows yet", () => {
  expect(going({ connected: 5, problem: null })).toBe("well");
  expect(going({ connected: null, problem: null })).toBe("waiting");
  expect(going({ connected: null, problem: "The relay’s name was not found." })).toBe("badly");
});

test("clocks that agree to the minute agree", () => {
  expect(clockWords(null)).toBeNull();
  expect(clockWords(59)).toBe("agrees with this computer’s");
  expect(clockWords(-61)).toBe("1 minute behind this computer’s");
  expect(clockWords(3_600)).toBe("60 minutes ahead of this computer’s");
  expect(clockWords(-7_200)).toBe("2 hours behind this computer’s");
  expect(clockWords(3 * 86_400 + 5)).toBe("3 days ahead of this computer’s");
});

test("what is left is counted", () => {
  expect(leftWords(0)).toBe("Nothing is left there.");
  expect(leftWords(1)).toBe("1 link is still finished there.");
  expect(leftWords(3)).toBe("3 links are still finished there.");
  expect(newsWords("nothing")).toBeNull();
});

test("a relay is missed that does not answer and only finishes what it has", () => {
  expect(isMissed({ current: false, problem: "The relay’s name was not found." })).toBe(true);
  expect(isMissed({ current: false, problem: null })).toBe(false);
  expect(isMissed({ current: true, problem: "The relay’s name was not found." })).toBe(false);
});

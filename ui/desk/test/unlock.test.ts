import { describe, expect, it } from "vitest";
import { arrivals } from "../src/unlock/arrivals";
import { countCharacters, lengthAdvice, withPassphrase } from "../src/unlock/passphrase";

describe("a passphrase", () => {
  it("is lent as bytes that are zeros afterwards, also when the use failed", async () => {
    const seen: Uint8Array[] = [];
    const use = (bytes: Uint8Array) => {
      seen.push(bytes);
      expect(new TextDecoder().decode(bytes)).toBe("four unusual wörds");
      return Promise.reject(new Error("no"));
    };
    await expect(withPassphrase({ value: "four unusual wörds" }, use)).rejects.toThrow("no");
    expect(seen[0]?.every((byte) => byte === 0)).toBe(true);
  });

  it("is counted in characters, as the vault counts", () => {
    expect(countCharacters("wörds 🗝")).toBe(7);
    expect(lengthAdvice(0)).toBe("At least 15 characters. Spaces count.");
    expect(lengthAdvice(9)).toBe("9 of at least 15 characters: 6 to go.");
    expect(lengthAdvice(15)).toBe("15 characters: long enough.");
  });
});

it("says how much arrived, and no more", () => {
  expect(arrivals(0)).toBe("Nothing new");
  expect(arrivals(3)).toBe("3 arrived");
  expect(arrivals(1234)).toBe("1,234 arrived");
});

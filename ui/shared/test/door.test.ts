// What a person types or chooses, parsed at the door.
import { describe, expect, test } from "vitest";
import { base58, base64, concat, hex, unbase58, unbase64, unhex, utf8 } from "../src/bytes";
import { brandOf, mask, parseCard } from "../src/card";
import { checkFile, mediaType } from "../src/filetype";
import { manifestName } from "../src/manifest";
import { backoff } from "../src/patience";
import { Trouble } from "../src/trouble";

const NOW = Date.UTC(2026, 10, 21) / 1000;
const CARD = { number: "4111 1111-1111 1111", month: "08", year: "30", holder: "  Ada   Example " };

function code(act: () => unknown): string {
  try {
    act();
    return "ok";
  } catch (error) {
    return error instanceof Trouble ? error.code : String(error);
  }
}

describe("card", () => {
  const parse = (change: Partial<typeof CARD>, taken = ["visa"] as ("visa" | "amex")[]) =>
    code(() => parseCard({ ...CARD, ...change }, taken, NOW));

  test("spaces, dashes, short years and double blanks are fine", () => {
    expect(parseCard(CARD, ["visa"], NOW)).toEqual({ number: "4111111111111111", month: 8, year: 2030, holder: "Ada Example" });
  });

  test.each([
    [{ number: "4111 1111 1111 1112" }, "card-number"],
    [{ number: "4111" }, "card-number"],
    [{ number: "" }, "card-number"],
    [{ number: "4111 1111 1111 111x" }, "card-number"],
    [{ number: "378282246310005" }, "card-brand"],
    [{ month: "13" }, "card-month"],
    [{ month: "0" }, "card-month"],
    [{ month: "" }, "card-month"],
    [{ year: "203" }, "card-year"],
    [{ year: "2130" }, "card-year"],
    [{ month: "10", year: "2026" }, "card-expired"],
    [{ holder: " " }, "card-holder"],
    [{ holder: "123" }, "card-code"],
    [{ holder: "Ada 737" }, "card-code"],
  ])("%o is %s", (change, expected) => {
    expect(parse(change)).toBe(expected);
  });

  test("a card is good until its month is over", () => {
    expect(parse({ month: "11", year: "2026" })).toBe("ok");
  });

  test("what is shown is the first six and the last four", () => {
    expect([mask("4111111111111111"), mask("378282246310005")]).toEqual(["411111••••••1111", "378282•••••0005"]);
    expect([brandOf("5555 55"), brandOf("37"), brandOf("")]).toEqual(["mastercard", "amex", null]);
  });
});

describe("file", () => {
  const head = (text: string) => Buffer.from(text, "latin1");

  test.each([
    ["image/jpeg", "\xff\xd8\xff\xe0"],
    ["image/png", "\x89PNG\r\n\x1a\n"],
    ["image/webp", "RIFF\0\0\0\0WEBPVP8 "],
    ["application/pdf", "%PDF-1.7"],
    ["application/pdf", "\r\n%PDF-1.4"],
    ["image/heic", "\0\0\0\x18ftypheic"],
    ["image/heic", "\0\0\0\x18ftypmif1"],
    [null, "RIFF\0\0\0\0WAVE"],
    [null, "GIF89a"],
    [null, "<svg>"],
    [null, ""],
  ])("%s", (type, bytes) => {
    expect(mediaType(head(bytes))).toBe(type);
  });

  test("goes by its bytes, not by its name or what the system calls it", async () => {
    const html = new File(["<html>"], "passport.jpg", { type: "image/jpeg" });
    await expect(checkFile(html, ["image/jpeg"])).rejects.toMatchObject({ code: "wrong-kind" });
    const pdf = new File(["%PDF-1.4"], "a.exe", { type: "" });
    await expect(checkFile(pdf, ["image/jpeg", "application/pdf"])).resolves.toBe("application/pdf");
    await expect(checkFile(pdf, ["image/jpeg"])).rejects.toMatchObject({ code: "wrong-kind" });
    await expect(checkFile(new File([], "a.pdf"), ["application/pdf"])).rejects.toMatchObject({ code: "empty" });
  });

  test("a name is cut to what a manifest takes, and shows nothing invisible", () => {
    expect(manifestName("pass\u202eport\u0000.jpg")).toBe("passport.jpg");
    const long = manifestName(`${"ä".repeat(300)}.jpg`);
    expect(utf8(long).length).toBeLessThanOrEqual(255);
    expect(long.endsWith(".jpg")).toBe(true);
    expect(manifestName("\u0001")).toBe("file");
  });
});

describe("bytes", () => {
  test("base58 keeps leading zeros and refuses other letters", () => {
    const bytes = unhex("0000287fb4cd");
    expect(base58(bytes)).toBe("11233QC4");
    expect(hex(unbase58("11233QC4") ?? new Uint8Array(1))).toBe(hex(bytes));
    expect([unbase58("0"), unbase58("l")]).toEqual([null, null]);
    expect(base58(new Uint8Array(2))).toBe("11");
  });

  test("base64 and hex refuse what is none", () => {
    expect(base64(unbase64("AAEC/w=="))).toBe("AAEC/w==");
    expect(() => unbase64("?")).toThrow();
    expect(() => unhex("AB")).toThrow();
    expect(() => unhex("ab", 2)).toThrow();
    expect(hex(concat(unhex("00"), utf8("a")))).toBe("0061");
  });
});

test("waiting doubles, has a ceiling, and differs from page to page", () => {
  expect([0, 1, 2].map((attempt) => backoff(attempt, 0))).toEqual([400, 800, 1600]);
  expect(backoff(1, 0.999)).toBeGreaterThan(400);
  expect(backoff(30, 0)).toBe(20_000);
});

// Small rules of the page, each with what it must and must not do.
import { checkFile } from "@cloakroom/shared/filetype";
import { describe, expect, test } from "vitest";
import { contrast } from "../src/colour";
import { duration, relative, size } from "../src/format";
import { digitsOf, grouped } from "../src/group";
import { Pace } from "../src/pace";

describe("a card number in groups", () => {
  test.each([
    ["4111", [4, 4, 4, 4, 3], "4111"],
    ["41111", [4, 4, 4, 4, 3], "4111 1"],
    ["4111111111111111", [4, 4, 4, 4, 3], "4111 1111 1111 1111"],
    ["378282246310005", [4, 6, 5], "3782 822463 10005"],
    ["411111111111111111112", [4, 4, 4, 4, 3], "4111 1111 1111 1111 11112"],
    ["", [4], ""],
  ])("%s", (digits, groups, neat) => expect(grouped(digits, groups)).toBe(neat));

  test("spaces and dashes of every kind are no digits, letters are none of our business", () => {
    expect(digitsOf("4111-1111\u20131 111")).toBe("411111111111");
    expect(digitsOf("4111x")).toBe(null);
  });
});

describe("contrast", () => {
  test("the ends of the scale, and a pair from WCAG's own understanding", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
    expect(contrast("#335577", "#335577")).toBe(1);
  });
});

describe("pace", () => {
  test("says nothing at first, then a rate and the time left, and starts over after a pause", () => {
    const pace = new Pace();
    expect(pace.tell(0, 10_000_000, 0)).toBe("");
    expect(pace.tell(1_000_000, 10_000_000, 1000)).toBe("");
    expect(pace.tell(2_000_000, 10_000_000, 2000)).toBe("1.0 MB/s, about 8 s left");
    pace.restart();
    expect(pace.tell(2_000_000, 10_000_000, 60_000)).toBe("");
  });
});

test("sizes, times", () => {
  expect([size(1), size(999_999), size(2_400_000), size(100_663_296)]).toEqual(["1 kB", "1000 kB", "2.4 MB", "101 MB"]);
  expect([duration(0.2), duration(59), duration(61)]).toEqual(["1 s", "59 s", "2 min"]);
  expect([relative(86_400, 0), relative(0, 7200), relative(5, 0)]).toEqual(["tomorrow", "2 hours ago", "just now"]);
});

describe("a PDF with a password is told before it is sent", () => {
  const pdf = (trailer: string) => new Blob([`%PDF-1.7\n1 0 obj\n<< >>\nendobj\n`, trailer]);
  const check = (blob: Blob) => checkFile(blob, ["application/pdf"]).catch((error: { code: string }) => error.code);
  const end = (at: number) => `\nstartxref\n${at}\n%%EOF\n`;

  test("by the trailer, by a cross-reference stream far from the end, and not by a page that talks of it", async () => {
    expect(await check(pdf(`trailer\n<< /Size 2 /Encrypt 5 0 R >>${end(9)}`))).toBe("locked-pdf");
    expect(await check(pdf(`trailer\n<< /Encrypt << /V 4 >> >>${end(9)}`))).toBe("locked-pdf");
    const stream = "2 0 obj\n<< /Type /XRef /Encrypt 5 0 R >>\nstream\n";
    expect(await check(pdf(`${stream}${"x".repeat(20_000)}${end(32)}`))).toBe("locked-pdf");
    expect(await check(pdf(`(/Encrypted) (/Encrypt it)\ntrailer\n<< /Size 2 >>${end(9)}`))).toBe("application/pdf");
    expect(await check(pdf(""))).toBe("application/pdf");
  });
});

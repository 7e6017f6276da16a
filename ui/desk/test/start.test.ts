import { describe, expect, it } from "vitest";
import { COLOURS, check, EMPTY, toFounding, website } from "../src/start/founding";
import { parseSheets } from "../src/start/sheets";

const GOOD = { ...EMPTY, company: " Nordlicht  Reisen ", person: "Jana", helpName: "Front desk", phone: "+49 30 123 (45)" };

describe("who asks", () => {
  it("needs a company, a name, and a contact that can be reached", () => {
    expect(check(EMPTY).map(({ field }) => field)).toEqual(["company", "person", "helpName", "phone"]);
    expect(check(GOOD)).toEqual([]);
    expect(check({ ...GOOD, phone: "", web: "nordlicht.example" })).toEqual([]);
  });

  it("tells what is not an address, a number or a colour, and never repeats it", () => {
    const wrong = { ...GOOD, phone: "ring us", email: "someone", web: "not a site", colour: "teal" };
    const problems = check(wrong);
    expect(problems.map(({ field }) => field)).toEqual(["phone", "email", "web", "colour"]);
    for (const { text } of problems) for (const typed of ["ring us", "someone", "not a site", "teal"]) expect(text).not.toContain(typed);
  });

  it("founds with tidy texts, and nothing where nothing was typed", () => {
    expect(toFounding({ ...GOOD, web: "www.nordlicht.example", colour: "#ABCDEF" })).toEqual({
      person: "Jana",
      company: {
        name: "Nordlicht Reisen",
        colour: "#abcdef",
        help: { name: "Front desk", phone: "+49 30 123 (45)", email: null, web: "https://www.nordlicht.example" },
      },
    });
  });

  it("takes web addresses and nothing else that parses as a URL", () => {
    expect(website("http://a.example/help?x=1")).toBe("http://a.example/help?x=1");
    for (const text of ["javascript:alert(1)", "https://user:word@a.example", "localhost", "a b.example", ""]) expect(website(text)).toBeNull();
  });

  it("offers colours that white letters can be read on (4.5:1)", () => {
    for (const { code } of COLOURS) expect(1.05 / (luminance(code) + 0.05)).toBeGreaterThanOrEqual(4.5);
  });
});

describe("the recovery sheets", () => {
  const bytes = (sheets: unknown) => new TextEncoder().encode(JSON.stringify({ sheets }));

  it("are two, in groups of letters", () => {
    const [one, two] = parseSheets(bytes([{ number: 1, text: "ABCD EFGH" }, { number: 2, text: "IJKL MNOP" }]));
    expect(one?.groups).toEqual(["ABCD", "EFGH"]);
    expect(two?.groups).toEqual(["IJKL", "MNOP"]);
  });

  it("are refused when one is missing, without being quoted", () => {
    for (const sheets of [[], [{ number: 1, text: "SECRET" }], [{ number: 1, text: "SECRET" }, { number: 1, text: "SECRET" }]]) {
      expect(() => parseSheets(bytes(sheets))).toThrow(/^(?!.*SECRET)/);
    }
  });
});

/** Relative luminance (WCAG 2.2). */
function luminance(code: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(code.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

import { describe, expect, it } from "vitest";
import { scrollFor, sight } from "../src/lib/rows";

const ROW = 36;
const VIEW = 600;

describe("the rows in sight", () => {
  it("are those of the scroller's place, with some to spare, at their own height", () => {
    expect(sight(0, VIEW, 1000, ROW, 0)).toEqual({ first: 0, end: 17, offset: 0, height: 36_000 });
    expect(sight(3600, VIEW, 1000, ROW, 0)).toEqual({ first: 100, end: 117, offset: 3600, height: 36_000 });
    expect(sight(3600, VIEW, 1000, ROW, 8)).toMatchObject({ first: 92, end: 125, offset: 92 * ROW });
  });

  it("are all of a short list, and none of an empty one", () => {
    expect(sight(0, VIEW, 5, ROW)).toMatchObject({ first: 0, end: 5, height: 180 });
    expect(sight(0, VIEW, 0, ROW)).toMatchObject({ first: 0, end: 0, height: 0 });
  });

  it("reach the last of a million rows, in a sheet that an engine can still lay out", () => {
    const { height } = sight(0, VIEW, 1_000_000, ROW);
    expect(height).toBeLessThan(16_000_000);
    const last = sight(height - VIEW, VIEW, 1_000_000, ROW, 0);
    expect(last.end).toBe(1_000_000);
    // The last row ends where the sheet ends.
    expect(last.offset + (last.end - last.first) * ROW).toBeCloseTo(height, 3);
  });
});

describe("a row that is to be seen", () => {
  it("does not move the list when it is in sight already", () => {
    expect(scrollFor(3, 20, VIEW, 1000, ROW)).toBe(20);
  });

  it("comes in at the nearer end", () => {
    expect(scrollFor(0, 500, VIEW, 1000, ROW)).toBe(0);
    expect(scrollFor(99, 0, VIEW, 1000, ROW)).toBe(100 * ROW - VIEW);
  });

  it.each([0, 1, 12_345, 777_777, 999_999])("is wholly in sight among a million: %d", (index) => {
    for (const from of [0, 4_000_000, 7_999_400]) {
      const top = scrollFor(index, from, VIEW, 1_000_000, ROW);
      const { first, offset } = sight(top, VIEW, 1_000_000, ROW);
      const y = offset + (index - first) * ROW - top;
      expect(y).toBeGreaterThanOrEqual(-0.5);
      expect(y + ROW).toBeLessThanOrEqual(VIEW + 0.5);
    }
  });
});

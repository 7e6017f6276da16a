// The purge history, against a desk that pages as the vault does: newest first.
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Export, HistoryPage, HistoryQuery, PurgeView } from "../src/generated";
import { PurgeHistory } from "../src/main/history.svelte";

const { call } = vi.hoisted(() => ({ call: vi.fn() }));
vi.mock("../src/ipc", () => ({ call, Refused: class extends Error {} }));

let store: PurgeView[];
let asked: HistoryQuery[];
let saved: Export[];

const purge = (n: number, state: PurgeView["state"] = "certified"): PurgeView => ({
  id: `p${n}`,
  ticket: `#${n}`,
  classes: ["identity"],
  items: 1,
  bytes: 1,
  rule: "the ticket was closed",
  person: null,
  due: n,
  begun: n,
  completed: state === "certified" ? n : null,
  state,
  method: null,
  certificate: null,
});

function page(query: HistoryQuery): HistoryPage {
  asked.push(query);
  const { ticket, before, limit } = query;
  const rows = store
    .filter((each) => (!ticket || each.ticket.startsWith(ticket)) && (!before || each.begun < before.at))
    .slice(0, limit);
  const last = rows.at(-1);
  return {
    unfinished: before ? [] : store.filter((each) => each.state !== "certified").reverse(),
    rows,
    next: rows.length === limit && last ? { at: last.begun, id: last.id } : null,
  };
}

function change(id: string, state: PurgeView["state"]): void {
  store = store.map((each) => (each.id === id ? { ...each, state } : each));
}

beforeEach(() => {
  store = Array.from({ length: 350 }, (_, n) => purge(1000 - n));
  change("p720", "removed");
  asked = [];
  saved = [];
  call.mockImplementation((name: string, args: HistoryQuery | Export) => {
    if ("limit" in args) return Promise.resolve(page(args));
    saved.push(args);
    return Promise.resolve({ path: `/downloads/${name}.${args.format}` });
  });
});

describe("what is not finished", () => {
  it("is known at once, however far down it stands and whatever is filtered", async () => {
    const history = new PurgeHistory();
    await history.filter("");
    expect(history.unfinished.map(({ id }) => id)).toEqual(["p720"]);
    await history.filter("#999");
    expect(history.rows.map(({ id }) => id)).toEqual(["p999"]);
    expect(history.unfinished.map(({ id }) => id)).toEqual(["p720"]);
    await history.filter("");
    await history.older();
    expect(history.unfinished.map(({ id }) => id)).toEqual(["p720"]);
  });

  it("is read again as far down as it went on, and no further", async () => {
    const history = new PurgeHistory();
    await history.filter("");
    await history.older();
    await history.older();
    expect(history.rows).toHaveLength(300);

    asked = [];
    await history.refresh();
    expect(asked).toHaveLength(1);
    change("p720", "certified");
    asked = [];
    await history.refresh();
    expect(asked).toHaveLength(3);
    expect(history.rows).toHaveLength(300);
    expect(history.rows.find(({ id }) => id === "p720")?.state).toBe("certified");
    expect(history.unfinished).toEqual([]);
  });
});

describe("saving", () => {
  it("asks for what is shown: a bare number finds the ticket written with #", async () => {
    const history = new PurgeHistory();
    await history.filter("999");
    expect(await history.save("999", "csv")).toBe("/downloads/save_history.csv");
    expect(saved).toEqual([{ ticket: "#999", format: "csv" }]);
  });

  it("asks for what was typed a moment ago, and for everything where nothing was", async () => {
    const history = new PurgeHistory();
    await history.filter("");
    await history.save("#998", "json");
    expect(history.rows.map(({ id }) => id)).toEqual(["p998"]);
    await history.save(" ", "csv");
    expect(saved).toEqual([{ ticket: "#998", format: "json" }, { ticket: null, format: "csv" }]);
  });
});

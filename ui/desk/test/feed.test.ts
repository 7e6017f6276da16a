// The inbox's paging, against a desk that pages as the vault does: newest move first, then by id.
import { beforeEach, describe, expect, it } from "vitest";
import type { InboxPage, InboxQuery, InboxRow } from "../src/generated";
import { Feed, PAGE } from "../src/main/feed.svelte";

let store: InboxRow[];
let asked: InboxQuery[];

const row = (n: number, moved: number): InboxRow => ({
  id: `r${String(n).padStart(6, "0")}`,
  ticket: `#${n}`,
  title: "ID document",
  shelf: n % 2 === 0 ? "open" : "waiting",
  created: moved,
  moved,
  due: null,
  remind: null,
  endsUnseen: null,
});

async function page({ shelf, ticket, after, limit }: InboxQuery): Promise<InboxPage> {
  asked.push({ shelf, ticket, after, limit });
  const all = store
    .filter((each) => (!shelf || each.shelf === shelf) && (!ticket || each.ticket.startsWith(ticket)))
    .sort((a, b) => b.moved - a.moved || (a.id < b.id ? -1 : 1))
    .filter((each) => !after || each.moved < after.at || (each.moved === after.at && each.id > after.id));
  const rows = all.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: rows.length === limit && last ? { at: last.moved, id: last.id } : null };
}

const feedOf = () => new Feed(page, () => "did not work");

beforeEach(() => {
  // Every two moved in the same second.
  store = Array.from({ length: 1000 }, (_, n) => row(n, 10_000 - Math.floor(n / 2)));
  asked = [];
});

describe("the feed", () => {
  it("pages by a hundred, each row once, to the end", async () => {
    const feed = feedOf();
    await feed.show(null);
    expect(feed.rows).toHaveLength(PAGE);
    while (feed.more) await feed.next();
    expect(feed.rows.map((each) => each.id)).toEqual(store.map((each) => each.id));
    expect(asked.every((query) => query.limit === PAGE)).toBe(true);
  });

  it("keeps what is in sight in its place when something arrives above", async () => {
    const feed = feedOf();
    await feed.show(null);
    await feed.next();
    await feed.next();
    feed.select(150);
    const { selected } = feed;
    store.push(row(5_000, 20_000), row(5_001, 20_001));
    expect(await feed.refresh(140, 160)).toBe(2);
    expect(feed.selected).toBe(selected);
    expect(feed.rows[142]?.ticket).toBe("#140");
    expect(feed.rows[0]?.ticket).toBe("#5001");
    // What lay below is read again as one goes there, without a gap or a double.
    while (feed.more) await feed.next();
    expect(new Set(feed.rows.map((each) => each.id)).size).toBe(1002);
  });

  it("reads only what is in sight when one is far down", async () => {
    store = Array.from({ length: 5_000 }, (_, n) => row(n, 10_000 - n));
    const feed = feedOf();
    await feed.show(null);
    while (feed.rows.length < 4_000) await feed.next();
    asked = [];
    await feed.refresh(3_905, 3_925);
    expect(asked.length).toBeLessThanOrEqual(2);
    while (feed.more) await feed.next();
    expect(new Set(feed.rows.map((each) => each.id)).size).toBe(5_000);
  });

  it("puts the selection on the row that took the place of one that left", async () => {
    const feed = feedOf();
    await feed.show("open");
    feed.select(3);
    store = store.filter((each) => each.id !== feed.selected);
    await feed.refresh(0, 20);
    expect(feed.index).toBe(3);
  });

  it("finds #4821 by 48", async () => {
    const feed = feedOf();
    await feed.filter("99");
    expect(feed.rows.map((each) => each.ticket)).toContain("#990");
    expect(feed.ticket).toBe("99");
  });

  it("drops the answer to a question that is no longer asked", async () => {
    const gates: (() => void)[] = [];
    const feed = new Feed(
      (query) => new Promise((done) => gates.push(() => void page(query).then(done))),
      () => "did not work",
    );
    const first = feed.filter("#1");
    const second = feed.filter("#12");
    gates[1]?.();
    await second;
    gates[0]?.();
    await first;
    expect(feed.rows.every((each) => each.ticket.startsWith("#12"))).toBe(true);
  });

  it("says why it could not read, keeps what it has, and goes on", async () => {
    let broken = false;
    const feed = new Feed((query) => (broken ? Promise.reject(new Error("no")) : page(query)), () => "did not work");
    await feed.show(null);
    broken = true;
    await feed.next();
    expect(feed.failure).toBe("did not work");
    expect(feed.rows).toHaveLength(PAGE);
    broken = false;
    await feed.next();
    expect(feed.failure).toBeNull();
    expect(feed.rows).toHaveLength(2 * PAGE);
  });
});

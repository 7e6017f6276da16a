// The inbox as far as one has scrolled. SQL filters, sorts and pages it.
import type { Cursor, InboxPage, InboxQuery, InboxRow, Shelf } from "../generated";

export const PAGE = 100;
/** Up to here everything above the rows in sight is read anew with them; further down, only those in sight. */
const NEAR = 20;

export type Ask = (query: InboxQuery) => Promise<InboxPage>;

export class Feed {
  shelf = $state<Shelf | null>(null);
  ticket = $state("");
  rows = $state.raw<readonly InboxRow[]>([]);
  /** Whether there is more below. */
  more = $state(false);
  /** Before the first answer to a question there is nothing to say. */
  asked = $state(false);
  failure = $state<string | null>(null);
  selected = $state<string | null>(null);
  /** Where the list was left, in pixels. */
  scrollTop = 0;

  readonly #ask: Ask;
  readonly #said: (error: unknown) => string;
  /** What each page starts after. */
  #after: (Cursor | null)[] = [null];
  /** What is really asked for: a bare number also finds #number. */
  #prefix: string | null = null;
  #question = 0;
  #busy: Promise<void> | null = null;

  constructor(ask: Ask, said: (error: unknown) => string) {
    this.#ask = ask;
    this.#said = said;
  }

  readonly index: number = $derived(this.rows.findIndex((row) => row.id === this.selected));

  show(shelf: Shelf | null): Promise<void> {
    this.shelf = shelf;
    return this.#restart();
  }

  filter(ticket: string): Promise<void> {
    this.ticket = ticket;
    return this.#restart();
  }

  /** The next page. */
  async next(): Promise<void> {
    if (!this.more || this.#busy) return this.#busy ?? undefined;
    return this.#only(async (current) => {
      const page = await this.#page(this.#after[this.#after.length - 1] ?? null);
      if (!current()) return;
      this.rows = [...this.rows, ...page.rows];
      this.#ends(page);
    });
  }

  /**
   * Reads again what is in sight, without moving it. Answers by how many rows the first one in sight has moved down.
   */
  async refresh(first: number, end: number): Promise<number> {
    await this.#busy;
    const anchor = this.rows[first]?.id;
    const upTo = Math.floor(Math.max(0, end - 1) / PAGE);
    const from = upTo < NEAR ? 0 : Math.floor(first / PAGE);
    let moved = 0;
    await this.#only(async (current) => {
      const rows = this.rows.slice(0, from * PAGE);
      const after = this.#after.slice(0, from + 1);
      let more = false;
      for (let at = from; at <= upTo; at += 1) {
        const page = await this.#page(after[at] ?? null);
        if (!current()) return;
        rows.push(...page.rows);
        more = page.next !== null;
        if (page.next === null) break;
        after.push(page.next);
      }
      const index = rows.findIndex((row) => row.id === anchor);
      if (index >= 0) moved = index - first;
      const place = this.index;
      this.#after = after;
      this.rows = rows;
      this.more = more;
      this.#keepSelected(place);
    });
    return moved;
  }

  select(index: number): void {
    this.selected = this.rows[Math.min(Math.max(0, index), this.rows.length - 1)]?.id ?? null;
  }

  async #restart(): Promise<void> {
    this.scrollTop = 0;
    this.#prefix = this.ticket.trim() || null;
    await this.#only(async (current) => {
      let page = await this.#page(null);
      if (page.rows.length === 0 && /^\d/.test(this.#prefix ?? "") && current()) {
        this.#prefix = `#${this.#prefix}`;
        page = await this.#page(null);
      }
      if (!current()) return;
      this.rows = page.rows;
      this.#after = [null];
      this.#ends(page);
      this.asked = true;
      this.#keepSelected(0);
    });
  }

  #page(after: Cursor | null): Promise<InboxPage> {
    return this.#ask({ shelf: this.shelf, ticket: this.#prefix, after, limit: PAGE });
  }

  #ends(page: InboxPage): void {
    this.more = page.next !== null;
    if (page.next) this.#after.push(page.next);
  }

  #keepSelected(place: number): void {
    if (this.index < 0) this.select(place);
  }

  /** An answer to a question that is no longer asked is dropped. */
  async #only(work: (current: () => boolean) => Promise<void>): Promise<void> {
    const question = ++this.#question;
    const current = () => question === this.#question;
    const busy = work(current)
      .then(() => {
        if (current()) this.failure = null;
      })
      .catch((error: unknown) => {
        if (current()) this.failure = this.#said(error);
      });
    this.#busy = busy;
    await busy;
    if (this.#busy === busy) this.#busy = null;
  }
}

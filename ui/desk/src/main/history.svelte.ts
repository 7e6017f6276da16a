// The purge history as far as it was read, kept up to date.
import { call } from "../ipc";
import type { Cursor, DataClass, ExportAs, HistoryPage, PurgeView } from "../generated";
import { said } from "./desk.svelte";

const PAGE = 100;
/** As many as a person would print; older ones need a filter. */
export const PRINTED = 5_000;

export class PurgeHistory {
  rows = $state.raw<readonly PurgeView[]>([]);
  /** Whether older ones are there. */
  more = $state(false);
  state = $state<"loading" | "ready" | "failed">("loading");
  failure = $state("");

  /** Of all tickets, whatever is filtered; oldest first. */
  unfinished = $state.raw<readonly PurgeView[]>([]);

  /** What is really asked for: a bare number also finds #number. */
  #ticket: string | null = null;
  #typed = "";
  #next: Cursor | null = null;
  /** Counts what was asked: an answer to an older question is not shown. */
  #question = 0;

  /** Shows the newest purges of this ticket, or of all. */
  async filter(ticket: string): Promise<void> {
    this.#typed = ticket.trim();
    this.#ticket = this.#typed || null;
    this.#question += 1;
    this.state = "loading";
    this.failure = "";
    const page = await this.#ask(null);
    if (page?.rows.length === 0 && /^\d/.test(this.#ticket ?? "")) {
      this.#ticket = `#${this.#ticket}`;
      this.#show(await this.#ask(null), []);
    } else this.#show(page, []);
  }

  async older(): Promise<void> {
    if (this.state !== "ready" || !this.#next) return;
    this.state = "loading";
    this.#show(await this.#ask(this.#next), this.rows);
  }

  /** Everything that matches, up to as many as a person would print. */
  async all(): Promise<void> {
    while (this.#next && this.rows.length < PRINTED && this.state === "ready") await this.older();
  }

  /** Saves what matches, all of it, among the downloads. Where. */
  async save(ticket: string, format: ExportAs): Promise<string> {
    // A letter may have been typed since the last question.
    if (ticket.trim() !== this.#typed || this.state !== "ready") await this.filter(ticket);
    return (await call("save_history", { ticket: this.#ticket, format })).path;
  }

  /** Reads again what may have changed: the newest page, and on until every row that went on is read. */
  async refresh(): Promise<void> {
    if (this.state !== "ready") return;
    const question = this.#question;
    const rows: PurgeView[] = [];
    let next: Cursor | null = null;
    let { unfinished } = this;
    const isRead = (row: PurgeView) => rows.some((each) => each.id === row.id);
    const isSame = (row: PurgeView) => unfinished.some(({ id, state }) => id === row.id && state === row.state);
    do {
      const page: HistoryPage = await call("history", { ticket: this.#ticket, before: next, limit: PAGE });
      if (question !== this.#question || this.state !== "ready") return;
      if (!next) ({ unfinished } = page);
      rows.push(...page.rows);
      next = page.next;
    } while (next && !this.rows.every((row) => row.state === "certified" || isRead(row) || isSame(row)));
    this.unfinished = unfinished;
    // What was read before and reaches further down is kept, unless so much is new that a gap would open.
    const place = this.rows.map(isRead).lastIndexOf(true);
    const rest = place < 0 ? [] : this.rows.slice(place + 1);
    this.rows = [...rows, ...rest];
    if (rest.length === 0) this.#keep(next);
  }

  /** Nothing when it failed, or when something else was asked meanwhile. */
  async #ask(before: Cursor | null): Promise<HistoryPage | null> {
    const question = this.#question;
    try {
      const page = await call("history", { ticket: this.#ticket, before, limit: PAGE });
      return question === this.#question ? page : null;
    } catch (error) {
      if (question === this.#question) [this.state, this.failure] = ["failed", said(error)];
      return null;
    }
  }

  #show(page: HistoryPage | null, above: readonly PurgeView[]): void {
    if (!page) return;
    // Only a first page says it.
    if (above.length === 0) this.unfinished = page.unfinished;
    this.rows = [...above, ...page.rows];
    this.#keep(page.next);
    this.state = "ready";
  }

  #keep(next: Cursor | null): void {
    this.#next = next;
    this.more = next !== null;
  }
}

const CLASS: Record<DataClass, [one: string, many: string]> = {
  identity: ["ID document", "ID documents"],
  payment: ["card", "cards"],
  general: ["other item", "other items"],
};

/** "2 ID documents"; of several kinds the record of a purge knows only the sum: "3 items: ID document, card". */
export function contents({ classes, items }: Pick<PurgeView, "classes" | "items">): string {
  const [only] = classes;
  if (items === 0) return "Keys only; nothing had arrived";
  if (only && classes.length === 1) return `${items} ${CLASS[only][items === 1 ? 0 : 1]}`;
  return `${items} ${items === 1 ? "item" : "items"}: ${classes.map((each) => CLASS[each][0]).join(", ")}`;
}

/** How far a purge has come that is not finished, and what is still to do. */
export const STAGE: Record<PurgeView["state"], { done: string; next: string }> = {
  destroying: { done: "The keys are being destroyed.", next: "Until they are, the contents could still be opened with the passphrase." },
  recorded: { done: "The keys are destroyed: nobody can open the contents any more.", next: "The encrypted files are still being removed from this desk." },
  removed: { done: "The keys are destroyed and the files are gone from this desk.", next: "The relay has not confirmed yet that its copy is gone too." },
  certified: { done: "Finished.", next: "" },
};

/** Letters of how well something was erased, best first. */
export const METHODS: readonly { letter: string; name: string; words: string }[] = [
  { letter: "R", name: "relay’s share", words: "the relay’s share of the key is gone as well" },
  { letter: "H", name: "hardware", words: "the key was sealed to this computer’s hardware" },
  { letter: "P", name: "overwritten", words: "overwritten in place, on a disk known to do so" },
  { letter: "B", name: "best effort", words: "the disk may keep old blocks for a while" },
];

/** "Best effort (B)". */
export function methodName(letters: string): string {
  const names = METHODS.filter(({ letter }) => letters.includes(letter)).map(({ letter, name }) => `${name} (${letter})`);
  const text = names.join(", ") || letters;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function methodWords(letters: string): string {
  return METHODS.filter(({ letter }) => letters.includes(letter)).map(({ words }) => words).join("; ");
}

const LATE = 15 * 60;

/** How much later than promised it was finished, if that is worth a word: "3 hours late". */
export function late({ due, completed }: Pick<PurgeView, "due" | "completed">, now: number): string | null {
  const seconds = (completed ?? now) - due;
  if (seconds < LATE) return null;
  const [count, unit] = seconds < 2 * 3_600 ? [seconds / 60, "minutes"] : seconds < 2 * 86_400 ? [seconds / 3_600, "hours"] : [seconds / 86_400, "days"];
  return `${Math.trunc(count)} ${unit} late`;
}

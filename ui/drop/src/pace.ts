// How fast it goes, and how long it will still take.
import { duration, size } from "./format";

const WINDOW_MS = 6000;
/** Before that a rate says nothing. */
const SETTLED_MS = 1500;

/** Looks at the bytes that went during the last seconds. */
export class Pace {
  #seen: { at: number; sent: number }[] = [];

  /** "1.2 MB/s, about 8 s left", or nothing as long as that cannot be told. `at` in milliseconds. */
  tell(sent: number, whole: number, at: number): string {
    // What arrived before a break, or was sent again after one, is no speed.
    if (sent < (this.#seen.at(-1)?.sent ?? 0)) this.#seen = [];
    this.#seen.push({ at, sent });
    while (this.#seen.length > 2 && at - (this.#seen[0]?.at ?? at) > WINDOW_MS) this.#seen.shift();
    const first = this.#seen[0];
    if (!first || at - first.at < SETTLED_MS || sent <= first.sent) return "";
    const rate = ((sent - first.sent) * 1000) / (at - first.at);
    return `${size(rate)}/s, about ${duration((whole - sent) / rate)} left`;
  }

  /** After a pause. */
  restart(): void {
    this.#seen = [];
  }
}

// What the whole window knows of the desk, kept up to date.
import type { State } from "../generated";
import { call, Refused } from "../ipc";
import { clock } from "../lib/clock.svelte";

/** How long to wait before asking again after the desk did not answer. */
const AGAIN = 2_000;

class Desk {
  state = $state.raw<State | null>(null);
  /** Why it does not answer. */
  failure = $state<string | null>(null);
  /** Counts up with everything that happens; what shows the store follows it. */
  news = $state(0);

  /** Follows the desk until the window ends, or is locked. */
  async follow(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      try {
        await this.read();
        await call("wait", this.news);
      } catch (error) {
        // Locked: the shell takes this window away.
        if (error instanceof Refused && error.code === "locked") return;
        this.failure = error instanceof Error ? error.message : String(error);
        await new Promise((done) => setTimeout(done, AGAIN));
      }
    }
  }

  async read(): Promise<void> {
    const state = await call("state");
    clock.set(state.now);
    this.state = state;
    this.news = state.news;
    this.failure = null;
    const { theme } = state.preferences;
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  }
}

export const desk = new Desk();

/** What to say of an error where it happened. */
export function said(error: unknown): string {
  return error instanceof Error ? error.message : "This did not work. Try again.";
}

// Trying again: longer each time, never in step with others, at once when the network comes back.
import { RelayProblem, Unreachable } from "./relay";
import { Trouble } from "./trouble";

const FIRST_MS = 400;
const LONGEST_MS = 20_000;

/** Milliseconds before try number `attempt` (from 0): doubling, of which `dice` in [0, 1) takes up to half away. */
export function backoff(attempt: number, dice: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * (1 - dice / 2);
}

export interface Patience {
  signal: AbortSignal;
  /** Hears why it waits, and null once it goes on. */
  waiting: (why: Trouble | null) => void;
}

/** Runs `task` until it succeeds or fails for a reason that waiting does not cure. */
export async function persist<T>(patience: Patience, task: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      patience.signal.throwIfAborted();
      const result = await task();
      if (attempt > 0) patience.waiting(null);
      return result;
    } catch (error) {
      patience.signal.throwIfAborted();
      const why = curable(error);
      if (!why) throw error;
      patience.waiting(why);
      const asked = error instanceof RelayProblem && error.retryAfter !== null ? error.retryAfter * 1000 : 0;
      await pause(Math.max(asked, backoff(attempt, dice())), patience.signal);
    }
  }
}

function curable(error: unknown): Trouble | null {
  if (error instanceof Unreachable) return new Trouble("offline", error);
  if (error instanceof RelayProblem && (error.status >= 500 || error.status === 429 || error.status === 408)) {
    return new Trouble("server-busy", error);
  }
  return null;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}

function dice(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
}

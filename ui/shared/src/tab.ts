// What belongs to this tab: its session storage, and locks that other tabs of the same link see.

/** Reads and writes sessionStorage; remembers in memory where the browser forbids it. */
export class Session {
  readonly #memory = new Map<string, string>();

  read(name: string): string | null {
    let kept: string | null = null;
    try {
      kept = sessionStorage.getItem(name);
    } catch {
      // Storage is switched off: memory has to do.
    }
    return kept ?? this.#memory.get(name) ?? null;
  }

  write(name: string, value: string): void {
    this.#memory.set(name, value);
    try {
      sessionStorage.setItem(name, value);
    } catch {
      // As above.
    }
  }

  erase(name: string): void {
    this.#memory.delete(name);
    try {
      sessionStorage.removeItem(name);
    } catch {
      // As above.
    }
  }
}

/** Holds `name` until this tab goes away; false when another tab holds it for longer than `patience` milliseconds. */
export function claim(name: string, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (!("locks" in navigator)) return resolve(patience > 0);
    const held = (lock: Lock | null) => {
      resolve(lock !== null);
      return lock ? new Promise<never>(() => undefined) : undefined;
    };
    const ask = (options: LockOptions) => navigator.locks.request(name, options, held);
    // A machine that stood still may hear of the end of its patience before it hears that the lock is free.
    ask({ signal: AbortSignal.timeout(patience) }).catch(() => ask({ ifAvailable: true })).catch(() => resolve(false));
  });
}

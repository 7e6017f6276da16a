// What belongs to this tab: its session storage, and locks that other tabs of the same link see.

/** Reads and writes sessionStorage; remembers in memory where the browser forbids it. */
export class Session {
  readonly #memory = new Map<string, string>();

  read(name: string): string | null {
    try {
      return sessionStorage.getItem(name) ?? this.#memory.get(name) ?? null;
    } catch {
      return this.#memory.get(name) ?? null;
    }
  }

  write(name: string, value: string): void {
    this.#memory.set(name, value);
    try {
      sessionStorage.setItem(name, value);
    } catch {
      // Storage is switched off: memory has to do.
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
    const options = patience > 0 ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
    navigator.locks.request(name, options, held).catch(() => resolve(false));
  });
}

// The desk's time, ticking. It may differ from the machine's: retention counts by the desk's.

export class Clock {
  /** UTC seconds; changes each second. For countdowns near their end. */
  second = $state(Math.floor(Date.now() / 1000));
  /** The same, changing each minute: whole lists may follow it. */
  minute = $state(Math.floor(Date.now() / 60_000) * 60);
  #ahead = 0;

  /** What the desk says the time is now. */
  set(now: number): void {
    this.#ahead = now - Date.now() / 1000;
    this.#tick();
  }

  /** Starts ticking; the answer stops it. */
  run(): () => void {
    const timer = setInterval(() => this.#tick(), 1000);
    return () => clearInterval(timer);
  }

  #tick(): void {
    this.second = Math.floor(Date.now() / 1000 + this.#ahead);
    this.minute = Math.floor(this.second / 60) * 60;
  }
}

export const clock = new Clock();

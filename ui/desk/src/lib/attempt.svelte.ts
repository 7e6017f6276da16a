// One thing a person tries: whether it is under way, and why it did not work, said where it was tried.

export class Attempt {
  busy = $state(false);
  failure = $state<string | null>(null);

  /** Does it, unless it is under way. Whether it worked. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failure = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : "This did not work. Try again.";
      return false;
    } finally {
      this.busy = false;
    }
  }
}

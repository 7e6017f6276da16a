// The connections to helpdesks, as the settings show them.
import type { HelpdeskView } from "../generated";
import { call } from "../ipc";
import { said } from "./desk.svelte";

class Helpdesks {
  list = $state.raw<readonly HelpdeskView[] | null>(null);
  failure = $state("");
  /** What is open beside the list: a connection's id, or a new one. */
  open = $state<string | "new" | null>(null);

  readonly opened = $derived(this.list?.find((each) => each.id === this.open) ?? null);

  async read(): Promise<void> {
    try {
      this.list = await call("helpdesks");
      this.failure = "";
    } catch (error) {
      this.failure = said(error);
    }
  }
}

export const helpdesks = new Helpdesks();

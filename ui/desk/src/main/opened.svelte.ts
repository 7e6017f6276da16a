// The request one has open, and the purges of its ticket.
import type { PurgeView, RequestView } from "../generated";
import { call } from "../ipc";
import { said } from "./desk.svelte";

export class Opened {
  view = $state.raw<RequestView | null>(null);
  purges = $state.raw<readonly PurgeView[]>([]);
  failure = $state<string | null>(null);

  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  async read(): Promise<void> {
    try {
      const view = await call("request", this.#id);
      const purged = view.rounds.some((round) => round.holdings.some((held) => held.purge !== null));
      this.purges = purged ? (await call("history", { ticket: view.ticket, before: null, limit: 100 })).rows : [];
      this.view = view;
      this.failure = null;
    } catch (error) {
      this.failure = said(error);
    }
  }
}

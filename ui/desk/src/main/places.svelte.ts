// Where one is in the window. No address: a ticket's number belongs into no history.
import { call } from "../ipc";

export type Place =
  | { view: "inbox" }
  | { view: "request"; id: string }
  | { view: "new"; ticket: string; template?: string }
  | { view: "history" }
  | { view: "certificate"; purge: string }
  | { view: "settings" };

class Places {
  #path = $state.raw<readonly Place[]>([{ view: "inbox" }]);

  readonly here: Place = $derived(this.#path.at(-1) ?? { view: "inbox" });
  /** Where Back leads, as one names it. */
  readonly before: string = $derived(NAMES[this.#path.at(-2)?.view ?? "inbox"]);

  go(place: Place): void {
    this.#leave();
    // The main places start afresh: Back from there is the inbox.
    if (place.view === "inbox") this.#path = [place];
    else if (place.view === "history" || place.view === "settings") this.#path = [{ view: "inbox" }, place];
    else this.#path = [...this.#path.filter((each) => each.view !== place.view), place];
  }

  back(): void {
    this.#leave();
    this.#path = this.#path.length > 1 ? this.#path.slice(0, -1) : [{ view: "inbox" }];
  }

  /** In place of where one is: what was just made in place of the form it was made with. */
  replace(place: Place): void {
    this.#leave();
    this.#path = [...this.#path.slice(0, -1).filter((each) => each.view !== place.view), place];
  }

  #leave(): void {
    // Everything revealed is hidden. If the desk does not hear it, its own timer hides it.
    if (this.here.view === "request") call("left_request").catch(() => undefined);
  }
}

const NAMES: Record<Place["view"], string> = {
  inbox: "Inbox",
  request: "Request",
  new: "New request",
  history: "History",
  certificate: "Certificate",
  settings: "Settings",
};

export const places = new Places();

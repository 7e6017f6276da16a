// Everything one can do, for the palette, the shortcuts and the list of shortcuts.
import type { Shelf } from "../generated";
import { call } from "../ipc";
import { pressed, type Keys } from "../lib/keys";
import { SHELF, SHELVES } from "../lib/words";
import { desk, said } from "./desk.svelte";
import { inbox } from "./inbox.svelte";
import { places } from "./places.svelte";

export interface Action {
  name: string;
  keys?: Keys;
  run(): void;
}

/** Who switched shortcuts of a single key off keeps those with Ctrl, and Esc. */
export function isInUse(keys: Keys | undefined): boolean {
  return keys === undefined || keys.length > 1 || (desk.state?.preferences.singleKeys ?? true);
}

class Overlays {
  palette = $state(false);
  shortcuts = $state(false);
}
export const overlays = new Overlays();

class Actions {
  /** What can be done where one is; the view sets it while it is shown. */
  here = $state.raw<readonly Action[]>([]);
  /** Why the last one did nothing, where no view could say so. */
  failure = $state<string | null>(null);

  readonly everywhere: readonly Action[] = [
    { name: "New request", keys: "c", run: () => places.go({ view: "new", ticket: "" }) },
    { name: "Inbox", keys: "i", run: () => this.shelf(null) },
    { name: "History", keys: "h", run: () => places.go({ view: "history" }) },
    { name: "Settings", keys: "Mod+,", run: () => places.go({ view: "settings" }) },
    { name: "Find a ticket", keys: "/", run: () => this.find() },
    { name: "Lock", keys: "Mod+l", run: () => this.lock() },
    { name: "Commands and tickets", keys: "Mod+k", run: () => (overlays.palette = true) },
    { name: "Keyboard shortcuts", keys: "?", run: () => (overlays.shortcuts = true) },
    { name: "Quit", run: () => this.quit() },
  ];

  /** Places without a key of their own. */
  readonly shelves: readonly Action[] = SHELVES.map((shelf) => ({
    name: `Inbox: ${SHELF[shelf]}`,
    run: () => this.shelf(shelf),
  }));

  shelf(shelf: Shelf | null): void {
    if (places.here.view !== "inbox") places.go({ view: "inbox" });
    inbox.feed.ticket = "";
    inbox.wantsList = true;
    void inbox.feed.show(shelf);
  }

  /** The inbox with one ticket's requests alone. */
  showTicket(ticket: string): void {
    if (places.here.view !== "inbox") places.go({ view: "inbox" });
    inbox.feed.shelf = null;
    void inbox.feed.filter(ticket);
  }

  lock(): void {
    call("lock").catch((error: unknown) => (this.failure = said(error)));
  }

  /** Ends the app, where closing its window leaves it collecting and purging. */
  quit(): void {
    call("quit").catch((error: unknown) => (this.failure = said(error)));
  }

  find(): void {
    if (places.here.view !== "inbox") places.go({ view: "inbox" });
    inbox.wantsFilter = true;
  }

  async believeClock(): Promise<void> {
    try {
      await call("believe_clock");
      await desk.read();
    } catch (error) {
      this.failure = said(error);
    }
  }

  /** Does what the key stands for; whether there was something. */
  press(event: KeyboardEvent, typed: boolean): boolean {
    const action = [...this.here, ...this.everywhere].find((each) => each.keys && pressed(event, each.keys));
    if (!action || (typed && !action.keys?.includes("Mod+")) || !isInUse(action.keys)) return false;
    action.run();
    return true;
  }
}

export const actions = new Actions();

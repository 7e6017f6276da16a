// The one inbox: it keeps its place while one is elsewhere.
import { call } from "../ipc";
import { said } from "./desk.svelte";
import { Feed } from "./feed.svelte";

class Inbox {
  readonly feed = new Feed((query) => call("inbox", query), said);
  /** Counts up when the filter is to have the focus. */
  wantsFilter = $state(0);
}

export const inbox = new Inbox();

// The one inbox: it keeps its place while one is elsewhere.
import { call } from "../ipc";
import { said } from "./desk.svelte";
import { Feed } from "./feed.svelte";

class Inbox {
  readonly feed = new Feed((query) => call("inbox", query), said);
  /** Whether the filter is to have the focus, as soon as it is there. */
  wantsFilter = $state(false);
  /** Whether the list is. */
  wantsList = $state(false);
}

export const inbox = new Inbox();

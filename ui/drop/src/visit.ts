// One visit to one link: what is known of it, and what every view of it does.
import type { Bytes } from "@cloakroom/shared/bytes";
import type { LinkKeys } from "@cloakroom/shared/link";
import type { Note } from "@cloakroom/shared/note";
import { persist } from "@cloakroom/shared/patience";
import { type BoxState, type Relay, Unreachable } from "@cloakroom/shared/relay";
import type { Request } from "@cloakroom/shared/request";
import type { Shelf } from "@cloakroom/shared/shelf";
import { Session } from "@cloakroom/shared/tab";
import type { Trouble } from "@cloakroom/shared/trouble";
import { alarm } from "./dom";
import { words } from "./end";

export const session = new Session();
export const SECRET_NAME = "cloakroom-link";
/** There when the server saw the link itself. */
export const SEEN_NAME = "cloakroom-link-seen";
export const never = new AbortController().signal;

export interface Visit {
  secret: Bytes;
  keys: LinkKeys;
  relay: Relay;
  shelf: Shelf;
  request: Request;
  sealedRequest: Bytes;
  /** Notes seen so far: the relay may add, never take back. */
  notes: Note[];
  owner: Bytes | null;
  /** What the customer asked for and the desk has not answered yet. */
  asked: string;
  /** As the relay said last. */
  state: BoxState;
}

/** What went wrong beside a page that is already there. */
export function tell(error: unknown): void {
  const said = words(error);
  alarm(said.message);
}

/** A part of the page that is loaded when it is needed, over a network that may be away just then. */
export function later<T>(load: () => Promise<T>): Promise<T> {
  const waiting = (why: Trouble | null) => alarm(why?.message ?? "");
  const attempt = () => load().catch((cause: unknown) => Promise.reject(new Unreachable("no answer", { cause })));
  return persist({ signal: never, waiting }, attempt);
}

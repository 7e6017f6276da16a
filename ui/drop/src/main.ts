// The customer's page: the whole way from link to "deleted".
import { deriveKeys, linkCode, parseLink } from "@cloakroom/shared/link";
import { openNotes } from "@cloakroom/shared/note";
import { persist } from "@cloakroom/shared/patience";
import { Relay } from "@cloakroom/shared/relay";
import { openRequest, type Request } from "@cloakroom/shared/request";
import { Shelf } from "@cloakroom/shared/shelf";
import { Trouble } from "@cloakroom/shared/trouble";
import { sign } from "./ask";
import { wear } from "./colour";
import { announce, masthead, say } from "./dom";
import { end } from "./end";
import { later, never, SECRET_NAME, SEEN_NAME, session } from "./visit";

/** All that comes once the request was opened. */
const rest = () => import("./rest");
/** What loads faster than this says nothing of it: the page does not flash. */
const FLASH_MS = 500;

/** The request, once it was proven genuine. */
let known: Request | null = null;

// First of all, before anything can fail: the secret leaves the address.
const pasted = takeFragment();
addEventListener("hashchange", () => location.reload());
// A file that misses its field would be opened in place of this page.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
start(pasted).catch((error: unknown) => end(error, known));

async function start(fragment: string): Promise<void> {
  if (!isSecureContext || !("subtle" in crypto)) throw new Trouble("insecure");
  const secret = await parseLink(fragment || (session.read(SECRET_NAME) ?? ""));
  session.write(SECRET_NAME, await linkCode(secret));
  // On its way while the relay is asked.
  rest().catch(() => undefined);
  const keys = await deriveKeys(secret);
  const relay = new Relay(keys);
  const loading = setTimeout(() => say("Loading …"), FLASH_MS);
  const waiting = (why: Trouble | null) =>
    why ? announce([why.what], ["This page goes on by itself as soon as it can."]) : say("Loading …");
  const patience = { signal: never, waiting };
  const box = await persist(patience, () => relay.box()).finally(() => clearTimeout(loading));
  const request = await openRequest(keys.requestSeal, keys.boxId, box.request);
  known = request;
  document.title = `Encrypted delivery to ${request.company}`;
  wear(document.body, request.colour);
  masthead(...sign(request));
  const shelf = await Shelf.open();
  const notes = await openNotes(keys.statusSeal, keys.boxId, box.notes);
  const visit = { secret, keys, relay, shelf, request, sealedRequest: box.request, notes, owner: null, asked: "", state: box.state };
  const { give, follow } = await later(rest);
  if (box.state === "waiting" || box.state === "sending") await give(visit, box);
  else await follow(visit, box);
}

function takeFragment(): string {
  const coded = /%23/i.test(location.pathname) ? location.pathname : "";
  const seen = location.hash === "" && coded !== "";
  const fragment = decoded(location.hash || coded);
  if (fragment) window.history.replaceState(null, "", "/");
  if (seen) session.write(SEEN_NAME, "yes");
  else if (fragment) session.erase(SEEN_NAME);
  return fragment;
}

/** White space and quotes come into an address as `%20` and the like. */
function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}


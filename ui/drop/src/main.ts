// The customer's page: a bare harness for now, but the whole way from link to "deleted".
import { hex, type Bytes } from "@cloakroom/shared/bytes";
import { Draft, eraseDrafts, forgetBox, keepOwner, keepTakeBack, keptOwner, tookBack } from "@cloakroom/shared/draft";
import { deriveKeys, linkCode, type LinkKeys, parseLink } from "@cloakroom/shared/link";
import { openNext } from "@cloakroom/shared/next";
import { type Note, openNotes } from "@cloakroom/shared/note";
import { persist } from "@cloakroom/shared/patience";
import { type BoxView, Relay, RelayProblem } from "@cloakroom/shared/relay";
import { openRequest, type Request } from "@cloakroom/shared/request";
import { Shelf } from "@cloakroom/shared/shelf";
import { type Outcome, plain, Submission } from "@cloakroom/shared/submission";
import { Session } from "@cloakroom/shared/tab";
import { Trouble } from "@cloakroom/shared/trouble";
import { speak, type Word } from "@cloakroom/shared/word";
import { about, heading, seenOnItsWay } from "./ask";
import { alarm, button, say, show } from "./dom";
import { form } from "./send";
import { awaitsNext, guarded, headline, history, isOver } from "./status";
import { watch } from "./watch";
import { sealer } from "./worker";

const SECRET_NAME = "cloakroom-link";
/** There when the server saw the link itself. */
const SEEN_NAME = "cloakroom-link-seen";
const session = new Session();
const never = new AbortController().signal;

interface Visit {
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
}

// First of all, before anything can fail: the secret leaves the address.
const pasted = takeFragment();
addEventListener("hashchange", () => location.reload());
start(pasted).catch(tell);

async function start(fragment: string): Promise<void> {
  if (!isSecureContext || !("subtle" in crypto)) throw new Trouble("insecure");
  const secret = await parseLink(fragment || (session.read(SECRET_NAME) ?? ""));
  session.write(SECRET_NAME, await linkCode(secret));
  const keys = await deriveKeys(secret);
  const relay = new Relay(keys);
  const patience = { signal: never, waiting: (why: Trouble | null) => say(why ? why.message : "Loading …") };
  const box = await persist(patience, () => relay.box());
  const request = await openRequest(keys.requestSeal, keys.boxId, box.request);
  document.title = `Encrypted delivery to ${request.company}`;
  const shelf = await Shelf.open();
  const notes = await openNotes(keys.statusSeal, keys.boxId, box.notes);
  const visit = { secret, keys, relay, shelf, request, sealedRequest: box.request, notes, owner: null, asked: "" };
  if (box.state === "waiting" || box.state === "sending") await give(visit, box);
  else await follow(visit, box);
}

async function give(visit: Visit, box: BoxView): Promise<void> {
  const { keys, request, shelf } = visit;
  const draft = await Draft.open(shelf, session, keys.boxId, keys.draftSeal, Date.now());
  const submission = prepare(visit, box, draft);
  let sending = false;
  let left = false;
  const sent = async (outcome: Outcome) => {
    const mine = !left;
    left = true;
    stop();
    await settle(visit, draft, outcome);
    if (mine) await follow(visit, await visit.relay.box());
  };
  // Another tab or another device may send first, and the request may end while the page is open. What is being sent
  // here hears its own answer.
  const stop = watch(visit.relay, tell, async (now) => {
    if (left || sending || now.state === "waiting" || now.state === "sending") return;
    left = true;
    stop();
    await follow(visit, now);
  });
  say(draft.parts.length > 0 ? "What you prepared is still here." : "Ready.");
  show(
    heading(request),
    session.read(SEEN_NAME) ? seenOnItsWay() : null,
    about(request, visit.secret, visit.sealedRequest),
    form(request, submission, draft.sending, {
      sending: (now) => (sending = now),
      sent: (outcome) => void sent(outcome).catch(tell),
    }),
  );
}

function prepare({ keys, request, sealedRequest, relay }: Visit, box: BoxView, draft: Draft): Submission {
  const clock = () => Date.now();
  return new Submission({ keys, request, sealedRequest, chunkSize: box.chunkSize, relay, draft, sealer, clock });
}

/** The receipt: all drafts of this box go, the owner stays. Any other outcome is only the relay's word and erases nothing. */
async function settle({ keys, shelf }: Visit, draft: Draft, outcome: Outcome): Promise<void> {
  if (outcome !== "accepted") return;
  await keepOwner(shelf, keys.boxId, keys.draftSeal, draft.owner, Date.now());
  await eraseDrafts(shelf, session, keys.boxId);
}

async function follow(visit: Visit, box: BoxView): Promise<void> {
  alarm("");
  const { keys, shelf } = visit;
  await finishCutReceipt(visit, box);
  visit.owner = await keptOwner(shelf, keys.boxId, keys.draftSeal);
  if (visit.notes.length > 0) await eraseDrafts(shelf, session, keys.boxId);
  await tellStatus(visit, box, true);
  watch(visit.relay, tell, (now) => tellStatus(visit, now, false));
}

/** The answer to a submission may have been lost with the tab: ask again with the same bytes. */
async function finishCutReceipt(visit: Visit, box: BoxView): Promise<void> {
  const { keys, shelf } = visit;
  if (box.state !== "sent" && box.state !== "collected") return;
  const rows = await shelf.keys([hex(keys.boxId)]);
  if (!rows.some((key) => key[2] === "draft")) return;
  const draft = await Draft.open(shelf, session, keys.boxId, keys.draftSeal, Date.now());
  if (!draft.sending || draft.parts.length === 0) return;
  const how = { signal: never, waiting: (why: Trouble | null) => say(why?.message ?? ""), progress: () => undefined };
  await settle(visit, draft, await prepare(visit, box, draft).resubmit(how));
}

async function tellStatus(visit: Visit, box: BoxView, first: boolean): Promise<void> {
  const { keys, request, shelf } = visit;
  const notes = await openNotes(keys.statusSeal, keys.boxId, box.notes);
  if (notes.length < visit.notes.length) throw new Trouble("forged-notes");
  const newest = notes.at(-1);
  const changed = notes.length !== visit.notes.length;
  visit.notes = notes;
  if (changed) visit.asked = "";
  // Only what the desk said is acted upon: the relay may be wrong about anything else.
  const over = isOver(notes, request);
  const next = awaitsNext(notes, await tookBack(shelf, keys.boxId));
  const follows = over && next === "to come" ? "The new request follows on this page." : visit.asked;
  say(`${headline(notes, box.state, request)} ${follows}`.trim());
  // Without the owner the new link could not be opened.
  if (over && next === "none") await forgetBox(shelf, session, keys.boxId);
  else if (newest && changed) await eraseDrafts(shelf, session, keys.boxId);
  // A person may be typing into what is already there.
  if (!changed && !first) return;
  const wishes = over ? [] : words(visit, box);
  show(heading(request), history(notes, request), toNext(visit), ...wishes, about(request, visit.secret, box.request));
}

function toNext(visit: Visit): HTMLElement | null {
  const { owner, notes } = visit;
  const next = notes.filter((note) => note.kind === "replaced").at(-1);
  return next && owner ? button("Go on to the new request", () => goOn(visit, owner, next.next)) : null;
}

function words(visit: Visit, box: BoxView): (HTMLElement | null)[] {
  const { request, owner } = visit;
  const sent = box.state === "sent" || box.state === "collected";
  const drop = "Everything you sent is erased for good, and your ticket goes on without it.";
  const replace = "Everything you sent is erased for good, and you can send it again, changed.";
  return [
    sent ? guarded("Delete my data now", drop, request, () => ask(visit, { kind: "withdraw" })) : null,
    sent && owner
      ? guarded("Take back and replace", replace, request, () => ask(visit, { kind: "take-back", owner }))
      : null,
  ];
}

async function ask(visit: Visit, word: Word): Promise<void> {
  const { keys, relay, notes, shelf } = visit;
  const newest = notes.length > 0 ? notes.length - 1 : null;
  const said = await speak(keys.voice, keys.boxId, newest, word);
  try {
    if (word.kind === "take-back") await keepTakeBack(shelf, keys.boxId, Date.now());
    await persist({ signal: never, waiting: (why) => say(why?.message ?? "") }, () => relay.word(said));
    visit.asked = "You asked for this to be erased; this page says so as soon as it is done.";
    alarm("");
    say(visit.asked);
  } catch (error) {
    tell(error);
  }
}

async function goOn({ secret, keys }: Visit, owner: Bytes, next: Bytes): Promise<void> {
  const link = await openNext(secret, owner, keys.boxId, next);
  session.write(SECRET_NAME, await linkCode(await parseLink(link)));
  session.erase(SEEN_NAME);
  location.reload();
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

function tell(error: unknown): void {
  const words = error instanceof RelayProblem ? plain(error) : error instanceof Trouble ? error : new Trouble("refused");
  say(words.what);
  alarm(words.todo);
}

// A draft: what was prepared in this tab and not yet accepted. Ciphertext as it is, all else sealed (FORMATS.md §4).
import { type Bytes, base64, concat, hex, random, text, unbase64, unhex, utf8 } from "./bytes";
import type { DataClass } from "./request";
import { open, seal } from "./sealed";
import type { Key, Shelf } from "./shelf";
import { type Session, claim } from "./tab";

/** One sealed age file, whole. */
export interface DraftPart {
  /** Its name on the shelf; stays. */
  key: string;
  /** Its part id at the relay in hex; a new one is taken when somebody wrote over it. */
  id: string;
  slot: number;
  class: DataClass;
  name: string;
  type: string;
  /** Bytes of plaintext before padding. */
  length: number;
  preview: string;
  covers: string[];
  /** Bytes of ciphertext, and of each chunk but the last. */
  size: number;
  chunkSize: number;
  /** SHA-256 of each chunk, joined. */
  hashes: Bytes;
  /** For a manifest: the ids of the parts it names. */
  names: string;
}

interface State {
  owner: Bytes;
  sending: boolean;
}

const SESSION_NAME = "cloakroom-draft";
const DAY_MS = 86_400_000;
/** Longer than any request waits; a draft that old can go nowhere. */
const STALE_MS = 9 * DAY_MS;
const KEPT_MS = 200 * DAY_MS;

export class Draft {
  readonly #shelf: Shelf;
  readonly #boxId: Bytes;
  readonly #key: CryptoKey;
  readonly #at: Key;
  readonly #state: State;
  #parts: DraftPart[] = [];

  private constructor(shelf: Shelf, boxId: Bytes, key: CryptoKey, id: string, state: State) {
    this.#shelf = shelf;
    this.#boxId = boxId;
    this.#key = key;
    this.#at = [hex(boxId), id];
    this.#state = state;
  }

  /** This tab's draft; else one that no tab holds; else a new one. `now` in milliseconds. */
  static async open(shelf: Shelf, session: Session, boxId: Bytes, draftSeal: CryptoKey, now: number): Promise<Draft> {
    await sweep(shelf, now);
    const box = hex(boxId);
    const mine = session.read(SESSION_NAME);
    const rows = (await shelf.keys([box])).filter((key) => key[2] === "draft").map((key) => String(key[1]));
    for (const id of rows.sort((a, b) => Number(b === mine) - Number(a === mine))) {
      // After a reload the old document may hold its lock for a moment longer.
      if (!(await claim(lockName(box, id), id === mine ? 2000 : 0))) continue;
      const draft = await restore(shelf, boxId, draftSeal, id);
      if (!draft) continue;
      session.write(SESSION_NAME, id);
      return draft;
    }
    const id = hex(random(16));
    await claim(lockName(box, id), 1000);
    session.write(SESSION_NAME, id);
    const draft = new Draft(shelf, boxId, draftSeal, id, { owner: random(32), sending: false });
    await draft.#saveState(now);
    return draft;

    async function restore(shelf: Shelf, boxId: Bytes, key: CryptoKey, id: string): Promise<Draft | null> {
      try {
        const row = (await shelf.read([box, id, "draft"])) as { sealed: Bytes };
        const state = JSON.parse(text(await open(key, "draft", context(boxId, id, "draft"), row.sealed)));
        const draft = new Draft(shelf, boxId, key, id, { owner: unbase64(state.owner), sending: state.sending === true });
        await draft.#loadParts();
        return draft;
      } catch {
        // Of another link, or damaged: it opens for nobody, so it goes.
        await shelf.erase([box, id]);
        return null;
      }
    }
  }

  /** 32 random bytes that prove this browser submitted. */
  get owner(): Bytes {
    return this.#state.owner;
  }

  /** True once sending was asked for: a reload goes on with it. */
  get sending(): boolean {
    return this.#state.sending;
  }

  /** In the order they were added. */
  get parts(): readonly DraftPart[] {
    return this.#parts;
  }

  async setSending(sending: boolean, now: number): Promise<void> {
    this.#state.sending = sending;
    await this.#saveState(now);
  }

  putChunk(key: string, n: number, bytes: Bytes): Promise<void> {
    return this.#shelf.write([...this.#at, "chunk", key, n], bytes);
  }

  /** Chunk `n`, or null when the draft was erased meanwhile. */
  async chunk(part: DraftPart, n: number): Promise<Bytes | null> {
    const value = await this.#shelf.read([...this.#at, "chunk", part.key, n]);
    return value instanceof Uint8Array ? (value as Bytes) : null;
  }

  /** Adds a part whose chunks are all kept, or saves a changed one. */
  async putPart(part: DraftPart): Promise<void> {
    const place = this.#parts.findIndex((each) => each.key === part.key);
    this.#parts = place < 0 ? [...this.#parts, part] : this.#parts.map((each, i) => (i === place ? part : each));
    const json = utf8(JSON.stringify({ ...part, hashes: base64(part.hashes), order: place < 0 ? this.#parts.length : place }));
    await this.#shelf.write([...this.#at, "part", part.key], await this.#seal(part.key, json));
  }

  async removePart(key: string): Promise<void> {
    this.#parts = this.#parts.filter((each) => each.key !== key);
    await this.#shelf.erase([...this.#at, "part", key]);
    await this.#shelf.erase([...this.#at, "chunk", key]);
  }

  async #saveState(now: number): Promise<void> {
    const json = utf8(JSON.stringify({ owner: base64(this.#state.owner), sending: this.#state.sending }));
    await this.#shelf.write([...this.#at, "draft"], { at: now, sealed: await this.#seal("draft", json) });
  }

  async #loadParts(): Promise<void> {
    const keys = await this.#shelf.keys([...this.#at, "part"]);
    const found = await Promise.all(
      keys.map(async (at) => {
        const key = String(at[3]);
        const sealed = (await this.#shelf.read(at)) as Bytes;
        const from = JSON.parse(text(await open(this.#key, "draft", this.#context(key), sealed)));
        return { ...from, hashes: unbase64(from.hashes) } as DraftPart & { order: number };
      }),
    );
    this.#parts = found.sort((a, b) => a.order - b.order);
    // Chunks of a file whose sealing a reload cut short belong to nothing.
    const whole = new Set(this.#parts.map((part) => part.key));
    const chunks = await this.#shelf.keys([...this.#at, "chunk"]);
    const torn = new Set(chunks.map((at) => String(at[3])).filter((key) => !whole.has(key)));
    await Promise.all([...torn].map((key) => this.#shelf.erase([...this.#at, "chunk", key])));
  }

  #seal(what: string, json: Bytes): Promise<Bytes> {
    return seal(this.#key, "draft", this.#context(what), json);
  }

  #context(what: string): Bytes {
    return context(this.#boxId, String(this.#at[1]), what);
  }
}

/** Erases every draft of a box: nothing more can be sent. */
export async function eraseDrafts(shelf: Shelf, session: Session, boxId: Bytes): Promise<void> {
  session.erase(SESSION_NAME);
  const box = hex(boxId);
  const drafts = new Set((await shelf.keys([box])).map((key) => String(key[1])).filter((id) => id !== KEPT));
  await Promise.all([...drafts].map((id) => shelf.erase([box, id])));
}

const KEPT = "kept";

/** Keeps the owner bytes after the receipt, for taking back; sealed like everything else. `now` in milliseconds. */
export async function keepOwner(shelf: Shelf, boxId: Bytes, draftSeal: CryptoKey, owner: Bytes, now: number): Promise<void> {
  const sealed = await seal(draftSeal, "draft", context(boxId, "", KEPT), owner);
  await shelf.write([hex(boxId), KEPT, "owner"], { at: now, sealed });
}

/** The owner bytes, if this browser is the one that submitted. */
export async function keptOwner(shelf: Shelf, boxId: Bytes, draftSeal: CryptoKey): Promise<Bytes | null> {
  try {
    const row = (await shelf.read([hex(boxId), KEPT, "owner"])) as { sealed: Bytes };
    return await open(draftSeal, "draft", context(boxId, "", KEPT), row.sealed);
  } catch {
    return null;
  }
}

/** Remembers that taking back was asked for: a new link follows, even after "deleted". `now` in milliseconds. */
export async function keepTakeBack(shelf: Shelf, boxId: Bytes, now: number): Promise<void> {
  await shelf.write([hex(boxId), KEPT, "take-back"], { at: now });
}

export async function tookBack(shelf: Shelf, boxId: Bytes): Promise<boolean> {
  return (await shelf.read([hex(boxId), KEPT, "take-back"])) !== undefined;
}

/** Forgets everything about a box. */
export async function forgetBox(shelf: Shelf, session: Session, boxId: Bytes): Promise<void> {
  session.erase(SESSION_NAME);
  await shelf.erase([hex(boxId)]);
}

async function sweep(shelf: Shelf, now: number): Promise<void> {
  for (const key of await shelf.keys([])) {
    const limit = key[2] === "draft" ? STALE_MS : key[1] === KEPT ? KEPT_MS : Infinity;
    if (limit === Infinity) continue;
    const row = (await shelf.read(key)) as { at: number } | undefined;
    if (row && now - row.at > limit) await shelf.erase(key.slice(0, 2));
  }
}

function lockName(box: string, draft: string): string {
  return `cloakroom-draft-${box}-${draft}`;
}

function context(boxId: Bytes, draft: string, what: string): Bytes {
  return concat(boxId, unhex(draft), utf8(what));
}

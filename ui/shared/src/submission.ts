// One submission from the first file to the receipt: prepare, seal once, send, submit (FORMATS.md §4).
import { hex, random, unhex, type Bytes } from "./bytes";
import type { Draft, DraftPart } from "./draft";
import { checkFile } from "./filetype";
import type { LinkKeys } from "./link";
import { encodeManifest, manifestName } from "./manifest";
import { LONGEST } from "./padding";
import { persist } from "./patience";
import { encodeRecord, MANIFEST, partDigest, submitBody } from "./record";
import { type Relay, RelayProblem } from "./relay";
import { DATA_CLASSES, type DataClass, type Request, recipientOf, type Slot } from "./request";
import type { Sealer } from "./sealer";
import { Trouble } from "./trouble";
import { allArrived, upload, type Upload, WrittenOver } from "./upload";

/** How often parts are renamed and sent again before we say that somebody is in the way. */
const MOST_ROUNDS = 12;

export interface Given {
  keys: LinkKeys;
  sealedRequest: Bytes;
  request: Request;
  /** Bytes, as the relay announced them. */
  chunkSize: number;
  relay: Relay;
  draft: Draft;
  sealer: Sealer;
  /** UTC milliseconds. */
  clock: () => number;
}

/** `accepted`: the relay has this submission. `over`: it has another one, from another tab or device, or takes none now. */
export type Outcome = "accepted" | "over";

export class Submission {
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  /** What was given for a slot so far. */
  parts(slot: Slot): DraftPart[] {
    return this.#given.draft.parts.filter((part) => part.slot === slot.slot);
  }

  /** Slots that nothing was given for. */
  get missing(): Slot[] {
    return this.#given.request.slots.filter((slot) => this.parts(slot).length === 0);
  }

  /** Checks a file, takes its metadata out, and seals it. */
  async addFile(slot: Slot & { kind: "document" }, file: File): Promise<DraftPart> {
    const { limits } = this.#given.request;
    if (file.size > Math.min(limits.bytes, LONGEST)) throw new Trouble("too-large");
    if (this.parts(slot).length >= slot.pages) throw new Trouble("too-many");
    const type = await checkFile(file, slot.media);
    const picture = type.startsWith("image/") ? { type, accepted: slot.media } : null;
    return this.#add(slot, file, { name: manifestName(file.name), type, preview: "", covers: picture ? ["metadata"] : [], picture });
  }

  /** Seals a card or a text, in place of what the slot held before. */
  async setValue(slot: Slot, value: Bytes, type: string, preview: string): Promise<DraftPart> {
    const before = this.parts(slot);
    const part = await this.#add(slot, new Blob([value]), { name: "", type, preview, covers: [], picture: null });
    for (const old of before) await this.remove(old);
    return part;
  }

  async remove(part: DraftPart): Promise<void> {
    await this.#given.draft.removePart(part.key);
  }

  /** Sends and submits. Stopped by `how.signal` it can be called again and goes on where it was. */
  async send(how: Omit<Upload, "relay" | "read">): Promise<Outcome> {
    const { draft, relay, clock } = this.#given;
    if (this.missing.length > 0) throw new Trouble("nothing-given");
    await draft.setSending(true, clock());
    const upwards: Upload = { ...how, relay, read: (part, n) => this.#read(part, n) };
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const parts = await this.#whole();
      try {
        await upload(parts, upwards);
        await persist(how, () => this.#submit(parts, how.signal));
        return "accepted";
      } catch (error) {
        if (error instanceof WrittenOver) await this.#rename(error.part);
        else if (!(error instanceof RelayProblem)) throw error;
        else if (error.status === 409 || error.status === 410) return "over";
        else if (error.status === 422 && error.missing.length > 0) await this.#mend(parts, error.missing, how);
        else throw plain(error);
      }
    }
    throw new Trouble("disturbed");
  }

  /** Submits once more what may already have been accepted. */
  async resubmit(how: Omit<Upload, "relay" | "read">): Promise<Outcome> {
    try {
      const parts = await this.#whole();
      await persist(how, () => this.#submit(parts, how.signal));
      return "accepted";
    } catch (error) {
      if (error instanceof RelayProblem) return "over";
      throw error;
    }
  }

  async #submit(parts: readonly DraftPart[], signal: AbortSignal): Promise<void> {
    const { keys, sealedRequest, draft, relay } = this.#given;
    const named = await Promise.all(
      parts.map(async (part) => ({
        id: unhex(part.id, 16),
        class: part.class,
        slot: part.slot,
        length: part.size,
        digest: await partDigest(part.hashes),
      })),
    );
    const record = await encodeRecord(keys.boxId, sealedRequest, draft.owner, named);
    await relay.submit(await submitBody(keys.submissionMac, record), signal);
  }

  /** Items, and a manifest for each class they use that names exactly them. */
  async #whole(): Promise<DraftPart[]> {
    const { draft, request } = this.#given;
    for (const of of DATA_CLASSES) {
      const inClass = draft.parts.filter((part) => part.class === of);
      const items = inClass.filter((part) => part.slot !== MANIFEST);
      const names = items.map((part) => part.id).join();
      const right = inClass.filter((part) => part.slot === MANIFEST && part.names === names && names !== "");
      for (const old of inClass.filter((part) => part.slot === MANIFEST && part !== right[0])) await this.remove(old);
      if (items.length > 0 && right.length === 0) await this.#addManifest(of, items, names);
    }
    const parts = draft.parts;
    if (parts.length > request.limits.parts) throw new Trouble("too-many");
    if (parts.reduce((sum, part) => sum + part.size, 0) > request.limits.bytes) throw new Trouble("all-too-large");
    return [...parts];
  }

  async #addManifest(of: DataClass, items: DraftPart[], names: string): Promise<void> {
    const json = encodeManifest(of, items.map((item) => ({ ...item, part: unhex(item.id, 16) })));
    const about = { name: "", type: "application/json", preview: "", covers: [], picture: null };
    await this.#add({ slot: MANIFEST, class: of }, new Blob([json]), about, names);
  }

  async #add(
    slot: { slot: number; class: DataClass },
    source: Blob,
    about: { name: string; type: string; preview: string; covers: string[]; picture: { type: string; accepted: string[] } | null },
    names = "",
  ): Promise<DraftPart> {
    const { draft, sealer, request, chunkSize } = this.#given;
    const key = hex(random(16));
    const hashes: Bytes[] = [];
    let size = 0;
    try {
      const recipient = recipientOf(request, slot.class);
      const job = { source, recipient, chunkSize, picture: about.picture };
      const sealed = await sealer.seal(job, async (chunk, n) => {
        hashes.push(chunk.hash);
        size += chunk.bytes.length;
        await draft.putChunk(key, n, chunk.bytes);
      });
      const { picture, ...kept } = about;
      const part: DraftPart = {
        ...kept,
        key,
        id: hex(random(16)),
        slot: slot.slot,
        class: slot.class,
        type: picture ? sealed.type : about.type,
        length: sealed.length,
        size,
        chunkSize,
        hashes: joined(hashes),
        names,
      };
      await draft.putPart(part);
      return part;
    } catch (error) {
      await draft.removePart(key);
      throw error;
    }
  }

  async #read(part: DraftPart, n: number): Promise<Bytes> {
    const bytes = await this.#given.draft.chunk(part, n);
    if (!bytes) {
      // The browser cleared its storage, or another tab finished and erased everything.
      await this.remove(part);
      throw new Trouble("lost");
    }
    return bytes;
  }

  #rename(part: DraftPart): Promise<void> {
    return this.#given.draft.putPart({ ...part, id: hex(random(16)) });
  }

  /** Parts the relay lacks are sent again; those it claims to have whole, but with other bytes, get another id first. */
  async #mend(parts: readonly DraftPart[], missing: readonly string[], how: Omit<Upload, "relay" | "read">): Promise<void> {
    const arrived = await persist(how, () => this.#given.relay.arrived(how.signal));
    for (const part of parts) if (missing.includes(part.id) && allArrived(arrived, part)) await this.#rename(part);
  }
}

/** The relay's refusal in words. */
export function plain(error: RelayProblem): Trouble {
  switch (error.status) {
    case 404:
    case 401:
      return new Trouble("dead-link", error);
    case 410:
      return new Trouble("ended", error);
    case 413:
      return new Trouble("all-too-large", error);
    default:
      return new Trouble("refused", error);
  }
}

function joined(hashes: Bytes[]): Bytes {
  const all = new Uint8Array(hashes.length * 32);
  hashes.forEach((hash, i) => all.set(hash, i * 32));
  return all;
}

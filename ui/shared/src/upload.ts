// Sending sealed parts: a few chunks at a time, only those that have not arrived, until the relay has them all.
import type { Bytes } from "./bytes";
import type { DraftPart } from "./draft";
import { type Patience, persist } from "./patience";
import { type Arrived, type Relay, RelayProblem } from "./relay";

const LANES = 3;

export interface Progress {
  /** Bytes of ciphertext at the relay or on their way, and of all parts. */
  sent: number;
  whole: number;
}

/** Somebody else wrote to a part id of ours: the part needs another one. */
export class WrittenOver extends Error {
  override name = "WrittenOver";
  readonly part: DraftPart;

  constructor(part: DraftPart) {
    super("a part was written over");
    this.part = part;
  }
}

export interface Upload extends Patience {
  relay: Relay;
  /** Chunk `n` of a part. */
  read: (part: DraftPart, n: number) => Promise<Bytes>;
  progress: (progress: Progress) => void;
}

interface Piece {
  part: DraftPart;
  n: number;
  length: number;
}

/** Sends what is missing of `parts`; when it returns, every byte has been acknowledged. */
export async function upload(parts: readonly DraftPart[], how: Upload): Promise<void> {
  const arrived = await persist(how, () => how.relay.arrived(how.signal));
  const missing = parts.flatMap((part) => pieces(part).filter((piece) => !has(arrived, part.id, piece.n)));
  const whole = parts.reduce((sum, part) => sum + part.size, 0);
  let done = whole - missing.reduce((sum, piece) => sum + piece.length, 0);
  const underway = new Map<Piece, number>();
  const report = () => how.progress({ sent: done + [...underway.values()].reduce((sum, each) => sum + each, 0), whole });
  report();

  // One lane's failure stops the others: what is under way then is asked about again.
  const stop = new AbortController();
  const signal = stop.signal;
  const passOn = () => stop.abort(how.signal.reason);
  if (how.signal.aborted) passOn();
  how.signal.addEventListener("abort", passOn);
  const lane = async () => {
    for (let piece = missing.shift(); piece; piece = missing.shift()) {
      await sendPiece(piece, { ...how, signal }, (bytes) => {
        underway.set(piece, bytes);
        report();
      });
      underway.delete(piece);
      done += piece.length;
      report();
    }
  };
  let failure: unknown = null;
  await Promise.all(
    Array.from({ length: LANES }, () =>
      lane().catch((error: unknown) => {
        failure ??= error;
        stop.abort();
      }),
    ),
  );
  how.signal.removeEventListener("abort", passOn);
  how.signal.throwIfAborted();
  if (failure !== null) throw failure;
}

/** True when the relay holds every chunk of a part, by its own word. */
export function allArrived(arrived: Arrived, part: DraftPart): boolean {
  return pieces(part).every((piece) => has(arrived, part.id, piece.n));
}

async function sendPiece(piece: Piece, how: Upload, sent: (bytes: number) => void): Promise<void> {
  const bytes = await how.read(piece.part, piece.n);
  try {
    await persist(how, () => how.relay.putChunk(piece.part.id, piece.n, bytes, how.signal, sent));
  } catch (error) {
    if (error instanceof RelayProblem && error.status === 409) throw new WrittenOver(piece.part);
    throw error;
  }
}

function pieces(part: DraftPart): Piece[] {
  return Array.from({ length: Math.ceil(part.size / part.chunkSize) }, (_, n) => ({
    part,
    n,
    length: Math.min(part.chunkSize, part.size - n * part.chunkSize),
  }));
}

function has(arrived: Arrived, id: string, n: number): boolean {
  return arrived.get(id)?.some(([first, last]) => first <= n && n <= last) ?? false;
}

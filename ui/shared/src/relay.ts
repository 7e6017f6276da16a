// The relay's calls for the holder of a link. Nothing secret is ever in a path: the box id is what the relay knows.
import { type Bytes, hex, unbase64 } from "./bytes";
import type { LinkKeys } from "./link";
import type { SealedNote } from "./note";
import { type Fields, array, fields, int, oneOf, string } from "./shape";

export const BOX_STATES = ["waiting", "sending", "sent", "collected", "purged", "expired", "revoked"] as const;
export type BoxState = (typeof BOX_STATES)[number];

/** What the relay says of a box. Only `request` and `notes` can be believed; the rest is a hint. */
export interface BoxView {
  /** The sealed request. */
  request: Bytes;
  state: BoxState;
  notes: SealedNote[];
  /** Bytes. */
  chunkSize: number;
  /** UTC seconds by the relay's clock. */
  expires: number;
  now: number;
  limits: { bytes: number; parts: number };
}

/** Inclusive chunk ranges that have arrived, by part id in hex. */
export type Arrived = Map<string, [number, number][]>;

/** An answer other than success. `code` is the problem document's, empty when there was none. */
export class RelayProblem extends Error {
  override name = "RelayProblem";
  readonly status: number;
  readonly code: string;
  /** Part ids in hex that a submission lacks. */
  readonly missing: string[];
  /** Seconds to wait by the server's own word, or null. */
  readonly retryAfter: number | null;

  constructor(status: number, document: unknown, retryAfter: string | null) {
    super(`the relay answered ${status}`);
    const from = typeof document === "object" && document !== null ? (document as Fields) : {};
    this.status = status;
    this.code = String(from["type"] ?? "").replace(/^urn:cloakroom:problem:/, "");
    this.missing = Array.isArray(from["missing"]) ? from["missing"].map(String) : [];
    this.retryAfter = retryAfter !== null && /^\d{1,4}$/.test(retryAfter) ? Number(retryAfter) : null;
  }
}

/** No answer at all: no network, or the connection was cut. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

export class Relay {
  readonly #box: string;
  readonly #authorization: string;

  /** `origin` without a slash at its end; empty for the page's own. */
  constructor(keys: LinkKeys, origin = "") {
    this.#box = `${origin}/v1/boxes/${hex(keys.boxId)}`;
    this.#authorization = `Bearer ${keys.uploadToken}`;
  }

  async box(signal?: AbortSignal): Promise<BoxView> {
    const from = fields(await this.#call("GET", "", null, signal));
    const limits = fields(from["limits"]);
    return {
      request: unbase64(string(from["request"])),
      state: oneOf(BOX_STATES, from["state"]),
      notes: array(from["notes"]).map((each) => {
        const note = fields(each);
        return { seq: int(note["seq"]), note: unbase64(string(note["note"])) };
      }),
      chunkSize: int(from["chunk_size"]),
      expires: int(from["expires"]),
      now: int(from["now"]),
      limits: { bytes: int(limits["bytes"]), parts: int(limits["parts"]) },
    };
  }

  async arrived(signal?: AbortSignal): Promise<Arrived> {
    const from = fields(await this.#call("GET", "/parts", null, signal));
    return new Map(
      array(from["parts"]).map((each) => {
        const part = fields(each);
        const ranges = array(part["chunks"]).map((range): [number, number] => {
          const ends = array(range);
          return [int(ends[0]), int(ends[1])];
        });
        return [string(part["part"]), ranges];
      }),
    );
  }

  /** Sends one chunk; a replay counts as sent. `sent` hears how many of its bytes have left. */
  putChunk(part: string, n: number, bytes: Bytes, signal: AbortSignal, sent: (bytes: number) => void): Promise<void> {
    // XHR: WebKit has no streaming upload with fetch, and fetch reports no progress.
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      const abort = () => xhr.abort();
      const done = (settle: () => void) => {
        signal.removeEventListener("abort", abort);
        settle();
      };
      xhr.open("PUT", `${this.#box}/parts/${part}/${n}`);
      xhr.setRequestHeader("Authorization", this.#authorization);
      xhr.setRequestHeader("Content-Type", "application/octet-stream");
      xhr.timeout = 120_000;
      xhr.upload.onprogress = (event) => sent(Math.min(event.loaded, bytes.length));
      xhr.onload = () =>
        done(() => {
          if (xhr.status === 200 || xhr.status === 201) resolve();
          else reject(new RelayProblem(xhr.status, json(xhr.responseText), xhr.getResponseHeader("Retry-After")));
        });
      xhr.onerror = xhr.ontimeout = () => done(() => reject(new Unreachable()));
      xhr.onabort = () => done(() => reject(signal.reason));
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", abort);
      xhr.send(bytes);
    });
  }

  /** Submits; the same body again is accepted again. */
  async submit(body: Bytes, signal?: AbortSignal): Promise<void> {
    await this.#call("POST", "/submit", body, signal);
  }

  /** Passes on a word to the desk. */
  async word(word: Bytes, signal?: AbortSignal): Promise<void> {
    await this.#call("POST", "/words", word, signal);
  }

  async #call(method: string, path: string, body: Bytes | null, signal?: AbortSignal): Promise<unknown> {
    const headers: Record<string, string> = { Authorization: this.#authorization };
    if (body) headers["Content-Type"] = "application/octet-stream";
    let answer: Response;
    let said: string;
    try {
      answer = await fetch(this.#box + path, {
        method,
        headers,
        body,
        cache: "no-store",
        credentials: "omit",
        referrerPolicy: "no-referrer",
        redirect: "error",
        signal: signal ?? null,
      });
      said = await answer.text();
    } catch (cause) {
      signal?.throwIfAborted();
      throw new Unreachable("no answer", { cause });
    }
    if (!answer.ok) throw new RelayProblem(answer.status, json(said), answer.headers.get("Retry-After"));
    return json(said);
  }
}

function json(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return null;
  }
}

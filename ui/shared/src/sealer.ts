// The page's side of the sealing worker: one job at a time, chunks handed on as they are stored.
import type { Bytes } from "./bytes";
import type { Chunk } from "./chunks";
import { redraw } from "./picture";
import { Trouble, type TroubleCode } from "./trouble";

export interface Job {
  job: number;
  source: Blob;
  recipient: string;
  /** Bytes. */
  chunkSize: number;
  /** Set for pictures, which are drawn anew first. */
  picture: { type: string; accepted: readonly string[] } | null;
}

/** What the worker says. */
export type Said = { job: number } & (
  | { kind: "chunk"; bytes: Bytes; hash: Bytes }
  /** `length`: bytes before padding. `ms`: reading, sealing and hashing, without waiting for the page to store. */
  | { kind: "done"; length: number; type: string; ms: number }
  | { kind: "cannot-draw" }
  | { kind: "failed"; code: TroubleCode }
);

/** What the worker hears back for each chunk; when one could not be kept it stops. */
export interface Heard {
  job: number;
  kept: boolean;
}

export interface Sealed {
  /** Bytes of the plaintext that was sealed, before padding. */
  length: number;
  /** Its media type; may differ from what was asked, where a browser cannot write that. Empty for what is no picture. */
  type: string;
}

export class Sealer {
  readonly #make: () => Worker;
  #worker: Worker | null = null;
  #jobs = 0;
  #queue: Promise<unknown> = Promise.resolve();

  /** `make` is called for the first job: most of the page's code is in the worker. */
  constructor(make: () => Worker) {
    this.#make = make;
  }

  /** Seals `source`; `store` takes each chunk in order and answers when it is kept. */
  seal(job: Omit<Job, "job">, store: (chunk: Chunk, n: number) => Promise<void>): Promise<Sealed> {
    const turn = this.#queue.then(() => this.#run(job, store));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #run(job: Omit<Job, "job">, store: (chunk: Chunk, n: number) => Promise<void>): Promise<Sealed> {
    const sealed = await this.#inWorker(job, store);
    if (sealed) return sealed;
    // No OffscreenCanvas there (Safari before 16.4): draw here, seal there.
    const { type, accepted } = job.picture ?? { type: "", accepted: [] };
    const drawn = await redraw(job.source, type, accepted);
    const again = await this.#inWorker({ ...job, source: drawn, picture: null }, store);
    if (!again) throw new Trouble("sealing");
    return again;
  }

  #inWorker(job: Omit<Job, "job">, store: (chunk: Chunk, n: number) => Promise<void>): Promise<Sealed | null> {
    const id = ++this.#jobs;
    const worker = (this.#worker ??= this.#make());
    return new Promise((resolve, reject) => {
      let kept = Promise.resolve();
      let n = 0;
      const finish = (settle: () => void) => {
        worker.removeEventListener("message", hear);
        worker.removeEventListener("error", broke);
        settle();
      };
      const broke = (event: Event) => finish(() => reject(new Trouble("sealing", event)));
      const hear = ({ data }: MessageEvent<Said>) => {
        if (data.job !== id) return;
        switch (data.kind) {
          case "chunk": {
            const at = n++;
            kept = kept.then(() => store(data, at)).then(() => worker.postMessage({ job: id, kept: true } satisfies Heard));
            kept.catch((error: unknown) =>
              finish(() => {
                worker.postMessage({ job: id, kept: false } satisfies Heard);
                reject(error);
              }),
            );
            break;
          }
          case "done":
            kept.then(() => {
              // For the benchmark: a duration, nothing about the file.
              performance.measure("cloakroom-seal", { start: performance.now(), duration: 0, detail: { ms: data.ms } });
              finish(() => resolve({ length: data.length, type: data.type }));
            }, () => undefined);
            break;
          case "cannot-draw":
            finish(() => resolve(null));
            break;
          case "failed":
            finish(() => reject(new Trouble(data.code)));
        }
      };
      worker.addEventListener("message", hear);
      worker.addEventListener("error", broke);
      worker.postMessage({ ...job, job: id } satisfies Job);
    });
  }
}

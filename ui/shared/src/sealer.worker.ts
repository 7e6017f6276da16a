// The worker that redraws pictures and seals. Plain data in, ciphertext out; it keeps nothing.
import { canDraw, redraw } from "./picture";
import { sealChunks } from "./chunks";
import type { Heard, Job, Said } from "./sealer";
import { Trouble } from "./trouble";

/** Chunks that may be under way to the page before it has stored one: this bounds memory. */
const WINDOW = 16;

const acknowledged = new Map<number, (kept: boolean) => void>();
const scope = self as unknown as {
  postMessage(said: Said, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<Job | Heard>) => void) | null;
};

scope.onmessage = ({ data }) => {
  if ("recipient" in data) void run(data);
  else acknowledged.get(data.job)?.(data.kept);
};

async function run(job: Job): Promise<void> {
  try {
    let source = job.source;
    if (job.picture) {
      if (!canDraw()) return scope.postMessage({ job: job.job, kind: "cannot-draw" });
      source = await redraw(source, job.picture.type, job.picture.accepted);
    }
    const started = performance.now();
    let waited = 0;
    let free = WINDOW;
    let given = true;
    let wake: (() => void) | null = null;
    acknowledged.set(job.job, (kept) => {
      free++;
      given &&= kept;
      wake?.();
    });
    for await (const { bytes, hash } of sealChunks(source, job.recipient, job.chunkSize)) {
      const full = performance.now();
      while (free === 0) await new Promise<void>((resolve) => (wake = resolve));
      waited += performance.now() - full;
      if (!given) return;
      free--;
      scope.postMessage({ job: job.job, kind: "chunk", bytes, hash }, [bytes.buffer]);
    }
    const ms = performance.now() - started - waited;
    scope.postMessage({ job: job.job, kind: "done", length: source.size, type: source.type, ms });
  } catch (error) {
    const code = error instanceof Trouble ? error.code : "sealing";
    scope.postMessage({ job: job.job, kind: "failed", code });
  } finally {
    acknowledged.delete(job.job);
  }
}

// Padded lengths, so that a size says little about a file (FORMATS.md §4).

const SMALLEST = 4096;

/** Bytes of the longest plaintext one part may seal, padding included. */
export const LONGEST = 100_663_296;

/** `max(4096, Padmé(length))`, in bytes. Padmé: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", §4. */
export function paddedLength(length: number): number {
  if (length <= SMALLEST) return SMALLEST;
  const exponent = Math.floor(Math.log2(length));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - kept);
  return Math.ceil(length / step) * step;
}

/** The bytes of `blob`, then zeros up to the padded length, a slice at a time. */
export function padded(blob: Blob, slice = 1024 * 1024): ReadableStream<Uint8Array> {
  const whole = paddedLength(blob.size);
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const end = Math.min(at + slice, at < blob.size ? blob.size : whole);
        const real = at < blob.size;
        controller.enqueue(real ? new Uint8Array(await blob.slice(at, end).arrayBuffer()) : new Uint8Array(end - at));
        at = end;
        if (at === whole) controller.close();
      },
    },
    { highWaterMark: 1 },
  );
}

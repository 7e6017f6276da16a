// A passphrase lives in the field it was typed into. Code borrows its bytes, and they are zeros afterwards.

/** Fewest characters of a new passphrase (PCI DSS 8.3.6). */
export const FEWEST = 15;

/** Characters as the vault counts them: an emoji or an accented letter typed as one is one. */
export function countCharacters(text: string): number {
  return [...text].length;
}

/** What a new passphrase still lacks in length, in words. */
export function lengthAdvice(characters: number): string {
  if (characters === 0) return `At least ${FEWEST} characters. Spaces count.`;
  const missing = FEWEST - characters;
  if (missing > 0) return `${characters} of at least ${FEWEST} characters: ${missing} to go.`;
  return `${characters} characters: long enough.`;
}

/** Lends the bytes of what stands in a field, for one use. */
export async function withPassphrase<T>(field: { value: string }, use: (bytes: Uint8Array) => Promise<T>): Promise<T> {
  const bytes = new TextEncoder().encode(field.value);
  try {
    return await use(bytes);
  } finally {
    bytes.fill(0);
  }
}

// Parsing at the door: unknown JSON into values of a known shape. Each throws on anything else.

export type Fields = Record<string, unknown>;

export function fields(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("not an object");
  return value as Fields;
}

export function array(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error("not a list");
  return value;
}

export function string(value: unknown): string {
  if (typeof value !== "string") throw new Error("not text");
  return value;
}

/** A whole number from 0 that JSON carries exactly. */
export function int(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error("not a whole number");
  return value as number;
}

export function nullable<T>(parse: (value: unknown) => T, value: unknown): T | null {
  return value === null || value === undefined ? null : parse(value);
}

export function oneOf<const T extends string>(known: readonly T[], value: unknown): T {
  const found = known.find((each) => each === value);
  if (found === undefined) throw new Error("not one of the known words");
  return found;
}

// The vectors that Rust and TypeScript share, read where they lie.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Bytes, unhex } from "../src/bytes";
import { SealError } from "../src/sealed";
import { Trouble } from "../src/trouble";

const folder = fileURLToPath(new URL("../../../tests/vectors/", import.meta.url));

/** One vector: `name`, `expect`, and what its file describes; bytes are hex. */
export type Vector = Record<string, unknown> & { name: string; expect: string };

/** Names of all vector files, without `.json`. */
export function vectorFiles(): string[] {
  return readdirSync(folder).flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -5)] : []));
}

/** A file's vectors, as rows for `test.each`. */
export function vectors(file: string): [string, Vector][] {
  const { vectors } = JSON.parse(readFileSync(`${folder}${file}.json`, "utf8")) as { vectors: Vector[] };
  return vectors.map((vector) => [vector.name, vector]);
}

/** The bytes of a field. */
export function bytes(vector: Record<string, unknown>, field: string): Bytes {
  return unhex(String(vector[field]));
}

/** Why a desk's reader refuses. */
export class Refused extends Error {
  override name = "Refused";
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** `ok` with what `act` gives, or the code it fails with; any other error is the test's. */
export async function outcome<T>(act: () => T | Promise<T>): Promise<{ code: string; value: T | undefined }> {
  try {
    return { code: "ok", value: await act() };
  } catch (error) {
    if (error instanceof Refused) return { code: error.code, value: undefined };
    if (error instanceof SealError) return { code: error.reason, value: undefined };
    if (error instanceof Trouble) return { code: error.detail || error.code, value: undefined };
    throw error;
  }
}

// The C2SP age test vectors through the age implementation the browser runs, buffered and streamed.
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import * as vectors from "cctv-age";
import { armor, Decrypter } from "age-encryption";
import { describe, expect, test } from "vitest";

interface Vector {
  name: string;
  expect: string;
  payload: string | undefined;
  identities: string[];
  passphrases: string[];
  armored: boolean;
  file: Uint8Array;
}

/**
 * Outcomes never differ. Streamed, these release less than the suite allows before the error, never more: a chunk that
 * could be the last is opened only as the last one, and armor is decoded whole before anything is decrypted.
 * The number is the plaintext bytes released.
 */
const RELEASES_LESS = new Map([
  ["armor_garbage_encoded", 0],
  ["stream_no_final_full", 0],
  ["stream_no_final_two_chunks_full", 65536],
  ["stream_trailing_garbage_long", 0],
  ["stream_trailing_garbage_short", 0],
  ["stream_two_final_chunks", 0],
  ["stream_two_final_chunks_full", 0],
  ["stream_two_final_chunks_second", 65536],
]);

const COUNTS = {
  success: 26,
  "no match": 13,
  "HMAC failure": 1,
  "header failure": 62,
  "payload failure": 19,
  "armor failure": 22,
};

const all = Object.entries(vectors).map(([name, bytes]) => parse(name, bytes));

test("there are 143 vectors, and every outcome among them", () => {
  expect(all.length).toBe(143);
  const counts: Record<string, number> = {};
  for (const { expect } of all) counts[expect] = (counts[expect] ?? 0) + 1;
  expect(counts).toEqual(COUNTS);
  expect([...RELEASES_LESS.keys()].filter((name) => !all.some((vector) => vector.name === name))).toEqual([]);
});

describe("buffered", () => {
  test.each(all.map((vector) => [vector.name, vector] as const))("%s", async (_, vector) => {
    if (vector.expect !== "success") return expect(decrypt(vector)).rejects.toThrow();
    expect(sha256(await decrypt(vector))).toBe(vector.payload);
  });
});

describe("streamed", () => {
  test.each(all.map((vector) => [vector.name, vector] as const))("%s", async (_, vector) => {
    const { released, failed } = await stream(vector);
    expect(failed).toBe(vector.expect !== "success");
    // What a stream released before its error must be the true beginning, and is shown to nobody.
    const less = RELEASES_LESS.get(vector.name);
    if (less !== undefined) expect(released.length).toBe(less);
    else if (vector.payload) expect(sha256(released)).toBe(vector.payload);
    else expect(released.length).toBe(0);
  });
});

function decrypter(vector: Vector): Decrypter {
  const decrypter = new Decrypter();
  vector.identities.forEach((identity) => decrypter.addIdentity(identity));
  vector.passphrases.forEach((passphrase) => decrypter.addPassphrase(passphrase));
  return decrypter;
}

async function decrypt(vector: Vector): Promise<Uint8Array> {
  return decrypter(vector).decrypt(binary(vector));
}

async function stream(vector: Vector): Promise<{ released: Uint8Array; failed: boolean }> {
  const released: Uint8Array[] = [];
  try {
    const file = binary(vector);
    let at = 0;
    // Odd slices, so that no boundary of the format falls together with one of the stream.
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= file.length) return controller.close();
        controller.enqueue(file.slice(at, (at += 4093)));
      },
    });
    const reader = (await decrypter(vector).decrypt(source)).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) released.push(next.value);
    return { released: Buffer.concat(released), failed: false };
  } catch {
    return { released: Buffer.concat(released), failed: true };
  }
}

function binary(vector: Vector): Uint8Array {
  return vector.armored ? armor.decode(Buffer.from(vector.file).toString("latin1")) : vector.file;
}

function parse(name: string, bytes: Uint8Array): Vector {
  const end = Buffer.from(bytes).indexOf("\n\n");
  const fields = Buffer.from(bytes.subarray(0, end))
    .toString("utf8")
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)] as const);
  const values = (key: string) => fields.filter(([name]) => name === key).map(([, value]) => value);
  const body = bytes.subarray(end + 2);
  return {
    name,
    expect: values("expect")[0] ?? "",
    payload: values("payload")[0],
    identities: values("identity"),
    passphrases: values("passphrase"),
    armored: values("armored")[0] === "yes",
    file: values("compressed")[0] === "zlib" ? inflateSync(body) : body,
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

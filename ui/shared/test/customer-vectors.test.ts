// One named test for each shared vector of what the customer's page itself reads and writes.
import { describe, expect, test } from "vitest";
import { concat, hex, sha256, unhex, utf8 } from "../src/bytes";
import { encodeCard, mask, parseNumber } from "../src/card";
import { deriveKeys, linkCode, parseLink } from "../src/link";
import { encodeManifest } from "../src/manifest";
import { openNext, sealNext } from "../src/next";
import { openNotes, sealNote } from "../src/note";
import { padded, paddedLength } from "../src/padding";
import { phrase } from "../src/phrase";
import { encodeRecord, partDigest, submitBody } from "../src/record";
import { openRequest, sealRequest } from "../src/request";
import { derive, deriveMacKey, deriveSealKey, mac, open, seal } from "../src/sealed";
import { speak, type Word } from "../src/word";
import { bytes, outcome, type Vector, vectorFiles, vectors } from "./vectors";

test("every vector file is read here or by the desk's readers", () => {
  const customer = ["links", "derive", "sealed", "padding", "phrase", "request", "note", "next", "record", "word"];
  const desk = ["manifest", "card", "epoch", "keyring", "row", "wrap", "leaf", "checkpoint", "certificate"];
  expect(vectorFiles().sort()).toEqual([...customer, ...desk].sort());
});

describe("links", () => {
  test.each(vectors("links"))("%s", async (_, vector) => {
    const { code, value } = await outcome(() => parseLink(String(vector["text"])));
    expect(code).toBe(vector.expect === "damaged" ? "damaged-link" : vector.expect);
    if (!value) return;
    expect(hex(value)).toBe(vector["secret"]);
    expect(await linkCode(value)).toBe(vector["code"]);
    expect(`https://drop.example.com/#${await linkCode(value)}`).toBe(vector["url"]);
    expect(hex((await deriveKeys(value)).boxId)).toBe(vector["box_id"]);
  });
});

describe("derive", () => {
  test.each(vectors("derive"))("%s", async (_, vector) => {
    const label = String(vector["label"]);
    const info = vector["hash"] ? concat(utf8(label), bytes(vector, "hash")) : utf8(label);
    expect(hex(concat(utf8("cloakroom/v1/"), info))).toBe(vector["info"]);
    const out = await derive(bytes(vector, "ikm"), info, Number(vector["length"]));
    expect(hex(out)).toBe(vector["out"]);
  });

  test("keys that cannot be read out are the same keys", async () => {
    const secret = unhex("00".repeat(32));
    const [sealed, message] = [utf8("text"), utf8("message")];
    const seals = await deriveSealKey(secret, "draft-seal");
    const readable = await aes(await derive(secret, "draft-seal"));
    expect(await open(readable, "draft", utf8(""), await seal(seals, "draft", utf8(""), sealed))).toEqual(sealed);
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const macs = await crypto.subtle.importKey("raw", await derive(secret, "voice"), hmac, false, ["sign"]);
    expect(await mac(await deriveMacKey(secret, "voice"), message)).toEqual(await mac(macs, message));
    const keys = await deriveKeys(secret);
    for (const key of [keys.requestSeal, keys.submissionMac, keys.voice, keys.statusSeal, keys.draftSeal]) {
      expect(key.extractable).toBe(false);
    }
  });
});

describe("sealed", () => {
  test.each(vectors("sealed"))("%s", async (_, vector) => {
    const key = await aes(bytes(vector, "key"));
    const label = String(vector["label"]);
    const { code, value } = await outcome(() => open(key, label, bytes(vector, "ctx"), bytes(vector, "sealed")));
    expect(code).toBe(vector.expect);
    if (!value) return;
    expect(hex(value)).toBe(vector["plaintext"]);
    const again = await seal(key, label, bytes(vector, "ctx"), value, bytes(vector, "nonce"));
    expect(hex(again)).toBe(vector["sealed"]);
  });
});

describe("padding", () => {
  test.each(vectors("padding").filter(([, vector]) => vector["kind"] === "length"))("%s", (_, vector) => {
    expect(paddedLength(Number(vector["length"]))).toBe(vector["padded"]);
  });

  test.each(vectors("padding").filter(([, vector]) => vector["kind"] === "cut"))("%s", async (_, vector) => {
    // The page pads and never cuts; what it pads must read back.
    if (vector.expect !== "ok") return expect(vector.expect).toBe("bad-padding");
    const out = bytes(vector, "out");
    const whole = new Uint8Array(await new Response(padded(new Blob([out]))).arrayBuffer());
    expect(whole.length).toBe(paddedLength(out.length));
    expect(hex(whole.slice(0, out.length))).toBe(vector["out"]);
    expect(whole.slice(out.length).every((byte) => byte === 0)).toBe(true);
  });
});

describe("phrase", () => {
  test.each(vectors("phrase"))("%s", async (_, vector) => {
    expect((await phrase(bytes(vector, "secret"), bytes(vector, "request_hash"))).join(" ")).toBe(vector["words"]);
  });
});

describe("request", () => {
  test.each(vectors("request"))("%s", async (_, vector) => {
    const keys = await deriveKeys(bytes(vector, "secret"));
    expect(hex(keys.boxId)).toBe(vector["box_id"]);
    const sealed = bytes(vector, "sealed");
    expect(hex(await sha256(sealed))).toBe(vector["hash"]);
    const { code, value } = await outcome(() => openRequest(keys.requestSeal, keys.boxId, sealed));
    expect(code).toBe(vector.expect);
    if (!value) return;
    expect(JSON.parse(String(vector["json"]))).toMatchObject({ ...value });
    // Sealed again from what was read: the same bytes, so names and order of fields are the same.
    if (vector.name === "unknown_field_is_passed_over") return;
    expect(JSON.stringify(value)).toBe(vector["json"]);
    expect(hex(await sealRequest(keys.requestSeal, keys.boxId, value, bytes(vector, "nonce")))).toBe(vector["sealed"]);
  });
});

describe("note", () => {
  test.each(vectors("note"))("%s", async (_, vector) => {
    const keys = await deriveKeys(bytes(vector, "secret"));
    const series = vector["notes"] as (Vector & { seq: number; json: string })[];
    const sealed = series.map((note) => ({ seq: note.seq, note: bytes(note, "sealed") }));
    const { code, value } = await outcome(() => openNotes(keys.statusSeal, keys.boxId, sealed));
    expect(code).toBe(vector.expect);
    if (!value) return;
    expect(value.map((note) => note.kind)).toEqual(vector["kinds"]);
    for (const [seq, note] of value.entries()) {
      const from = series[seq];
      if (!from || note.kind === "other" || vector.name === "unknown_field") continue;
      const again = await sealNote(keys.statusSeal, keys.boxId, seq, note, bytes(from, "nonce"));
      expect(hex(again)).toBe(from["sealed"]);
    }
  });
});

describe("next", () => {
  test.each(vectors("next"))("%s", async (_, vector) => {
    const secret = bytes(vector, "secret");
    const { boxId } = await deriveKeys(secret);
    const read = async () => linkCode(await parseLink(await openNext(secret, bytes(vector, "owner"), boxId, bytes(vector, "sealed"))));
    const { code, value } = await outcome(read);
    expect(code).toBe(vector.expect === "damaged" ? "damaged-link" : vector.expect);
    if (!value) return;
    expect(value).toBe(vector["code"]);
  });
});

describe("record", () => {
  const of = (kind: string) => vectors("record").filter(([, vector]) => vector["kind"] === kind);

  test.each(of("digest"))("%s", async (_, vector) => {
    const part = Uint8Array.from({ length: Number(vector["length"]) }, (_, at) => at % 251);
    const size = Number(vector["chunk_size"]);
    const hashes: Uint8Array[] = [];
    for (let at = 0; at < part.length; at += size) hashes.push(await sha256(part.slice(at, at + size)));
    expect(hashes.map(hex)).toEqual(vector["hashes"]);
    expect(hex(await partDigest(concat(...hashes)))).toBe(vector["digest"]);
  });

  test.each(of("submission").filter(([, vector]) => vector.expect === "ok"))("%s", async (_, vector) => {
    const keys = await deriveKeys(bytes(vector, "secret"));
    const parts = (vector["parts"] as Record<string, never>[]).map((part) => ({
      id: bytes(part, "part"),
      class: part["class"] as never,
      slot: Number(part["slot"]),
      length: Number(part["length"]),
      digest: bytes(part, "digest"),
    }));
    // The vectors' request is this text.
    const request = utf8("a sealed request");
    expect(hex(await sha256(request))).toBe(vector["request_hash"]);
    const record = await encodeRecord(keys.boxId, request, bytes(vector, "owner"), parts);
    expect(hex(record)).toBe(vector["record"]);
    expect(hex(await sha256(record))).toBe(vector["record_hash"]);
    expect(hex(await submitBody(keys.submissionMac, record))).toBe(vector["body"]);
  });
});

describe("word", () => {
  test.each(vectors("word").filter(([, vector]) => vector.expect === "ok"))("%s", async (_, vector) => {
    const keys = await deriveKeys(bytes(vector, "secret"));
    const words: Word[] = [
      { kind: "withdraw" },
      { kind: "take-back", owner: bytes({ owner: "", ...vector }, "owner") },
      { kind: "extend", until: Number(vector["until"] ?? 0) },
    ];
    const word = words[Number(vector["kind"])];
    if (!word) throw new Error("a kind the vectors do not have");
    const sent = await speak(keys.voice, keys.boxId, vector["newest"] as number | null, word);
    expect(hex(sent)).toBe(vector["sent"]);
  });
});

describe("card, as the page writes it", () => {
  const taken = ["visa", "mastercard", "amex"] as const;
  // A Maestro number: the desk reads it, the page takes no such brand.
  const typed = vectors("card").filter(([name, vector]) => vector.expect === "ok" && name !== "nineteen_digits");

  test.each(typed)("%s", (_, vector) => {
    const card = JSON.parse(String(vector["text"]));
    expect(parseNumber(card.number, taken)).toBe(card.number);
    expect(mask(card.number)).toBe(vector["masked"]);
    expect(new TextDecoder().decode(encodeCard(card))).toBe(vector["text"]);
  });
});

describe("manifest, as the page writes it", () => {
  // What an agent took in says so; no page writes that.
  const own = vectors("manifest").filter(([name, vector]) => vector.expect === "ok" && name !== "by_agent");
  test.each(own)("%s", (_, vector) => {
    const manifest = JSON.parse(String(vector["text"]));
    const items = manifest.items.map((item: { part: string }) => ({ ...item, part: unhex(item.part, 16) }));
    const written = new TextDecoder().decode(encodeManifest(manifest.class, items));
    expect(JSON.parse(written)).toEqual(manifest);
  });
});

describe("next, as the desk writes it", () => {
  test("what is sealed here opens", async () => {
    const [secret, owner] = [unhex("01".repeat(32)), unhex("02".repeat(32))];
    const { boxId } = await deriveKeys(secret);
    expect(await openNext(secret, owner, boxId, await sealNext(secret, owner, boxId, "link"))).toBe("link");
  });
});

function aes(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
}

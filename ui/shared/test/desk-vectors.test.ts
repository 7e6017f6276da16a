// One named test for each shared vector of what only a desk reads. The readers are the tests' own: nothing is shipped.
import { describe, expect, test } from "vitest";
import { concat, hex, unhex, utf8 } from "../src/bytes";
import { verifyCertificate } from "./desk-formats/certificate";
import { readCheckpoint, readVkey, rootOf, seenBy, verifyCheckpoint } from "./desk-formats/checkpoint";
import { readEpoch } from "./desk-formats/epoch";
import { readCard, readManifest } from "./desk-formats/items";
import { readKeyring } from "./desk-formats/keyring";
import { leafHash, readLeaf, signedBy } from "./desk-formats/leaf";
import { type Column, encodeColumns, openRow } from "./desk-formats/row";
import { openSubmission, openWord, type Rule } from "./desk-formats/submission";
import { cut, openGrant, openItem, openLink, openRequestWrap } from "./desk-formats/wrap";
import { bytes, outcome, type Vector, vectors } from "./vectors";

const ofKind = (file: string, kind: string) => vectors(file).filter(([, vector]) => vector["kind"] === kind);

describe("epoch", () => {
  test.each(vectors("epoch"))("%s", async (_, vector) => {
    const file = new Uint8Array(Math.max(8192, Number(vector["length"])));
    file.set(bytes(vector, "first"));
    file.set(bytes(vector, "second"), 4096);
    const whole = file.slice(0, Number(vector["length"]));
    const { code, value } = await outcome(() => readEpoch(whole, bytes(vector, "device_item"), String(vector["vault"])));
    expect(code).toBe(vector.expect);
    if (!value) return;
    expect([Number(value.n), hex(value.key), value.at]).toEqual([vector["n"], vector["key"], vector["at"]]);
  });
});

describe("keyring", () => {
  test.each(vectors("keyring"))("%s", async (_, vector) => {
    const n = BigInt(Number(vector["n"]));
    const read = () => readKeyring(bytes(vector, "file"), bytes(vector, "epoch_key"), String(vector["vault"]), n);
    const { code, value } = await outcome(read);
    expect(value?.torn ? "torn" : code).toBe(vector.expect);
    if (!value) return;
    expect(value.entries).toEqual(vector["entries"]);
    expect(value.goodLength).toBe(vector["good_len"]);
  });
});

describe("row", () => {
  test.each(vectors("row"))("%s", async (_, vector) => {
    const columns = vector["columns"] as Column[];
    expect(hex(encodeColumns(columns))).toBe(vector["encoded"]);
    const row = bytes(vector, "row");
    const open = () => openRow(bytes(vector, "key"), String(vector["table"]), row, columns, bytes(vector, "sealed"));
    const { code, value } = await outcome(open);
    expect(code).toBe(vector.expect);
    if (value) expect(hex(value)).toBe(vector["body"]);
  });
});

describe("wrap", () => {
  const shareOf = (vector: Vector) => ({
    share: bytes(vector, "share"),
    boxId: bytes(vector, "box_id"),
    class: Number(vector["class"]),
  });
  const open = (vector: Vector) => {
    const [identity, file] = [String(vector["identity"]), bytes(vector, "age")];
    switch (vector["kind"]) {
      case "request_wrap":
        return openRequestWrap(identity, file, vector["share"] === undefined ? null : shareOf(vector));
      case "grant":
        return openGrant(identity, file);
      case "link":
        return openLink(identity, file);
      default:
        return openItem(identity, file, Number(vector["length"])).then(hex);
    }
  };

  test.each(vectors("wrap"))("%s", async (_, vector) => {
    const { code, value } = await outcome(() => open(vector));
    expect(code).toBe(vector.expect);
    if (value !== undefined) expect(value).toBe(vector["out"]);
  });
});

describe("padding, cut", () => {
  test.each(ofKind("padding", "cut"))("%s", async (_, vector) => {
    const { code, value } = await outcome(() => cut(bytes(vector, "content"), Number(vector["length"])));
    expect(code).toBe(vector.expect);
    if (value) expect(hex(value)).toBe(vector["out"]);
  });
});

describe("record, as a desk judges it", () => {
  test.each(ofKind("record", "submission"))("%s", async (_, vector) => {
    const [secret, box, request] = [bytes(vector, "secret"), String(vector["box_id"]), String(vector["request_hash"])];
    const rules = vector["slots"] as Rule[];
    const { code, value } = await outcome(() => openSubmission(bytes(vector, "body"), secret, box, request, rules));
    expect(code).toBe(vector.expect);
    if (value) expect(value).toEqual({ ownerHash: vector["owner_hash"], parts: vector["parts"] });
  });
});

describe("word, as a desk judges it", () => {
  test.each(vectors("word"))("%s", async (_, vector) => {
    const read = () => openWord(bytes(vector, "sent"), bytes(vector, "secret"), String(vector["box_id"]));
    const { code, value } = await outcome(read);
    expect(code).toBe(vector.expect);
    if (!value) return;
    const { newest, kind, owner = null, until = null } = vector;
    expect(value).toEqual({ newest, kind, owner, until });
  });
});

describe("manifest, as a desk takes it", () => {
  test.each(vectors("manifest"))("%s", async (_, vector) => {
    expect((await outcome(() => readManifest(String(vector["text"])))).code).toBe(vector.expect);
  });
});

describe("card, as a desk takes it", () => {
  test.each(vectors("card"))("%s", async (_, vector) => {
    const { code, value } = await outcome(() => readCard(String(vector["text"])));
    expect(code).toBe(vector.expect);
    if (value !== undefined) expect(value).toBe(vector["masked"]);
  });
});

describe("leaf", () => {
  test.each(vectors("leaf"))("%s", async (_, vector) => {
    const leaf = bytes(vector, "leaf");
    const { code, value } = await outcome(() => readLeaf(leaf));
    expect(code).toBe(vector.expect);
    if (!value) return;
    expect(leafHash(leaf)).toBe(vector["hash"]);
    expect([value.v, value.what, value.known]).toEqual([vector["v"], vector["what"], vector["known"]]);
    const signature = vector["signature"] as { vault: string; person: string; verifies: boolean } | undefined;
    if (!signature) return expect(value.signature).toBe(null);
    expect(signedBy(value, signature.vault, signature.person)).toBe(signature.verifies);
  });
});

describe("checkpoint", () => {
  test.each(vectors("checkpoint"))("%s", async (_, vector) => {
    const read = () => {
      const key = readVkey(String(vector["vkey"]));
      const head = readCheckpoint(String(vector["text"]));
      verifyCheckpoint(head, key);
      return head;
    };
    const { code, value } = await outcome(read);
    expect(code).toBe(vector.expect);
    if (!value) return;
    if (vector["leaves"]) {
      const leaves = (vector["leaves"] as string[]).map((leaf) => unhex(leaf));
      expect([value.size, value.root]).toEqual([vector["size"], vector["root"]]);
      expect(rootOf(leaves)).toBe(value.root);
    }
    const witness = vector["witness"] as { vkey: string; at: number | null } | undefined;
    if (witness) expect(seenBy(value, witness.vkey)).toBe(witness.at);
  });
});

describe("certificate", () => {
  test.each(vectors("certificate"))("%s", async (_, vector) => {
    const key = vector["key"] as string | null;
    const { code, value } = await outcome(() => verifyCertificate(String(vector["certificate"]), key));
    expect(code).toBe(vector.expect);
    if (!value) return;
    expect([value.signer, value.purge, value.ticket]).toEqual([vector["signer"], vector["purge"], vector["ticket"]]);
    if (value.fingerprint !== null) expect(value.fingerprint).toBe(vector["fingerprint"]);
  });
});

test("a reader that runs out of bytes says so", async () => {
  const short = concat(utf8("cloakroom/v1/submission\0"), new Uint8Array(40));
  expect((await outcome(() => openSubmission(short, new Uint8Array(32), "", "", []))).code).toBe("forged");
});

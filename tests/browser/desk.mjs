// The desk's part, played in TypeScript, for tests of the customer's side alone.
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { base64, hex, random, unbase64 } from "../../ui/shared/src/bytes.ts";
import { deriveKeys, linkCode } from "../../ui/shared/src/link.ts";
import { sealNote } from "../../ui/shared/src/note.ts";
import { sealRequest } from "../../ui/shared/src/request.ts";

const HEADER = "cloakroom/v1/submission\0".length;

export const ID_DOCUMENT = {
  slot: 0,
  kind: "document",
  class: "identity",
  label: "ID document",
  media: ["image/jpeg", "image/png", "image/webp", "application/pdf"],
  pages: 4,
  cover: "offered",
  watermark: true,
};
export const CARD = { slot: 1, kind: "card", class: "payment", label: "Payment card", brands: ["visa", "mastercard"] };

/** Opens a box for `slots` and answers what a desk knows of it. */
export async function openBox(relay, slots = [ID_DOCUMENT], { bytes = 220_000_000, parts = 20, chunkSize, about = {} } = {}) {
  const secret = random(32);
  const keys = await deriveKeys(secret);
  const now = Math.floor(Date.now() / 1000);
  const identities = new Map([...new Set(slots.map((slot) => slot.class))].map((each) => [each, ageKey()]));
  const request = {
    v: 1,
    company: "Hotel Adler",
    colour: "#335577",
    agent: "Mira",
    ticket: "#4821",
    purpose: "Check-in on 3 December",
    slots,
    seen_by: ["the front desk"],
    retention: slots.map((slot) => ({ class: slot.class, rule: "72 hours after the ticket closes", until: now + 2_592_000 })),
    help: { name: "Hotel Adler", phone: "+43 1 555 0100", email: null, web: null },
    language: "en",
    limits: { bytes, parts },
    opened: now,
    expires: now + 604_800,
    recipients: [...identities].map(([each, key]) => ({ class: each, kind: "x25519", recipient: key.recipient })),
    ledger_key: "",
    notice: { version: "1", hash: "00".repeat(32) },
    ...about,
  };
  const sealed = await sealRequest(keys.requestSeal, keys.boxId, request);
  const id = hex(keys.boxId);
  const token_hash = createHash("sha256").update(Buffer.from(keys.uploadToken, "hex")).digest("hex");
  const opened = { id, token_hash, request: base64(sealed), expires: request.expires, limits: request.limits };
  await call(relay, "POST", "/v1/boxes", JSON.stringify(chunkSize ? { ...opened, chunk_size: chunkSize } : opened));
  return new Box(relay, { id, secret, keys, request, identities, code: await linkCode(secret) });
}

class Box {
  #relay;
  #notes = 0;

  constructor(relay, known) {
    this.#relay = relay;
    Object.assign(this, known);
  }

  get link() {
    return `${this.#relay.origin}/#${this.code}`;
  }

  /** `state` and, once submitted, `parts` by the record. */
  async look() {
    const said = await (await call(this.#relay, "GET", `/v1/desk/boxes/${this.id}`)).json();
    return { state: said.state, parts: said.record ? parseRecord(unbase64(said.record)) : [] };
  }

  /** Every item in the clear, opened with the `age` program, by the manifests. */
  async items() {
    const { parts } = await this.look();
    const plain = new Map();
    for (const part of parts) {
      const answer = await call(this.#relay, "GET", `/v1/desk/boxes/${this.id}/parts/${part.id}`);
      plain.set(part.id, age(this.identities.get(part.class).identity, Buffer.from(await answer.arrayBuffer())));
    }
    return parts
      .filter((part) => part.slot === 255)
      .flatMap((part) => JSON.parse(plain.get(part.id).toString("utf8").replace(/\0+$/, "")).items)
      .map((item) => {
        const padded = plain.get(item.part);
        if (padded.subarray(item.length).some((byte) => byte !== 0)) throw new Error("padding is not zeros");
        return { ...item, padded: padded.length, bytes: padded.subarray(0, item.length) };
      });
  }

  async collected() {
    const said = await (await call(this.#relay, "GET", `/v1/desk/boxes/${this.id}`)).json();
    const body = unbase64(said.record);
    const record = createHash("sha256").update(body.subarray(0, -32)).digest("hex");
    await call(this.#relay, "POST", `/v1/desk/boxes/${this.id}/collected`, JSON.stringify({ record }));
  }

  async note(note) {
    const seq = this.#notes++;
    const full = { v: 1, at: Math.floor(Date.now() / 1000), ...note };
    const sealed = await sealNote(this.keys.statusSeal, this.keys.boxId, seq, full);
    await call(this.#relay, "PUT", `/v1/desk/boxes/${this.id}/notes/${seq}`, sealed);
  }

  async end(as) {
    await call(this.#relay, "DELETE", `/v1/desk/boxes/${this.id}?as=${as}`);
  }

  /** Words spoken for this box so far. */
  async words() {
    const { events } = await (await call(this.#relay, "GET", "/v1/desk/events?after=0")).json();
    return events.filter((event) => event.kind === "word" && event.box === this.id).map((event) => unbase64(event.word));
  }

  /** What somebody does who holds the link as well. */
  intercept(method, path, body) {
    const headers = { Authorization: `Bearer ${this.keys.uploadToken}`, "Content-Type": "application/octet-stream" };
    return fetch(`${this.#relay.origin}/v1/boxes/${this.id}${path}`, { method, headers, body });
  }
}

export function junk(length) {
  return randomBytes(length);
}

function parseRecord(body) {
  const classes = { 1: "identity", 2: "payment", 3: "general" };
  const bytes = Buffer.from(body);
  let at = HEADER + 16 + 32 + 32;
  const count = bytes.readUInt8(at++);
  return Array.from({ length: count }, () => {
    const part = {
      id: bytes.subarray(at, at + 16).toString("hex"),
      class: classes[bytes.readUInt8(at + 16)],
      slot: bytes.readUInt8(at + 17),
      length: Number(bytes.readBigUInt64BE(at + 18)),
    };
    at += 16 + 2 + 8 + 32;
    return part;
  });
}

function ageKey() {
  const made = execFileSync("age-keygen", { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return { identity: /AGE-SECRET-KEY-1\S+/.exec(made)[0], recipient: /age1\S+/.exec(made)[0] };
}

function age(identity, file) {
  const options = { input: file, maxBuffer: 2 ** 28 };
  return execFileSync("bash", ["-c", 'age -d -i <(printf "%s\\n" "$0")', identity], options);
}

async function call(relay, method, path, body) {
  const headers = { Authorization: `Bearer ${relay.token}` };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  else if (body) headers["Content-Type"] = "application/octet-stream";
  const answer = await fetch(relay.origin + path, { method, headers, body });
  if (!answer.ok) throw new Error(`${method} ${path.replace(/[0-9a-f]{32}/g, "…")}: ${answer.status}`);
  return answer;
}

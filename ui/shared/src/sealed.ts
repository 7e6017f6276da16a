// The one way to seal small things, and to derive keys (FORMATS.md §1).
import { type Bytes, concat, random, utf8 } from "./bytes";

const PREFIX = "cloakroom/v1/";
const VERSION = 1;
const NONCE = 12;
const TAG = 16;

/** `01 ‖ nonce[12] ‖ AES-256-GCM(key, nonce, plaintext, "cloakroom/v1/" ‖ label ‖ 00 ‖ ctx)`. The nonce is random unless a vector fixes it. */
export async function seal(
  key: CryptoKey,
  label: string,
  ctx: Uint8Array,
  plaintext: Bytes,
  nonce: Bytes = random(NONCE),
): Promise<Bytes> {
  const box = await crypto.subtle.encrypt(gcm(nonce, label, ctx), key, plaintext);
  return concat(Uint8Array.of(VERSION), nonce, new Uint8Array(box));
}

/** Why a sealed value does not open. */
export type SealReason = "truncated" | "newer-version" | "refused";

export class SealError extends Error {
  override name = "SealError";
  readonly reason: SealReason;

  constructor(reason: SealReason) {
    super(reason);
    this.reason = reason;
  }
}

/** The plaintext; throws a `SealError` when a byte, the label or the context is not what was sealed. */
export async function open(key: CryptoKey, label: string, ctx: Uint8Array, sealed: Bytes): Promise<Bytes> {
  if (sealed.length < 1 + NONCE + TAG) throw new SealError("truncated");
  if (sealed[0] !== VERSION) throw new SealError("newer-version");
  const nonce = sealed.slice(1, 1 + NONCE);
  try {
    return new Uint8Array(await crypto.subtle.decrypt(gcm(nonce, label, ctx), key, sealed.slice(1 + NONCE)));
  } catch {
    throw new SealError("refused");
  }
}

/** HKDF-SHA-256 with an empty salt and info `"cloakroom/v1/" ‖ label`; `length` bytes. */
export async function derive(ikm: Bytes, label: string | Bytes, length = 32): Promise<Bytes> {
  const base = await crypto.subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf(label), base, length * 8));
}

/** As `derive`, straight into a key for `seal` and `open` that cannot be read out again. */
export async function deriveSealKey(ikm: Bytes, label: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", ikm, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(hkdf(label), base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** As `derive`, straight into an HMAC-SHA-256 key that cannot be read out again. */
export async function deriveMacKey(ikm: Bytes, label: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", ikm, "HKDF", false, ["deriveKey"]);
  const algorithm = { name: "HMAC", hash: "SHA-256", length: 256 };
  return crypto.subtle.deriveKey(hkdf(label), base, algorithm, false, ["sign", "verify"]);
}

export async function mac(key: CryptoKey, message: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
}

function gcm(nonce: Bytes, label: string, ctx: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: nonce, additionalData: concat(utf8(PREFIX + label), new Uint8Array(1), ctx) };
}

function hkdf(label: string | Bytes): HkdfParams {
  const info = concat(utf8(PREFIX), typeof label === "string" ? utf8(label) : label);
  return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
}

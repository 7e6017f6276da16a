// The link's code, its repair, and everything derived from it (FORMATS.md §2).
import { type Bytes, base58, concat, hex, same, sha256, unbase58 } from "./bytes";
import { derive, deriveMacKey, deriveSealKey } from "./sealed";
import { Trouble } from "./trouble";

const VERSION = 1;
const SECRET = 32;
const CHECK = 4;
/** 37 bytes make at most 51 letters; anything much longer is not worth decoding. */
const LONGEST = 64;

/** Keys of one link. All but the two the relay sees in some form cannot be read out. */
export interface LinkKeys {
  /** 16 bytes; the box's name at the relay. */
  boxId: Bytes;
  /** 64 hex digits for the `Authorization` header; the relay knows only its hash. */
  uploadToken: string;
  requestSeal: CryptoKey;
  submissionMac: CryptoKey;
  voice: CryptoKey;
  statusSeal: CryptoKey;
  draftSeal: CryptoKey;
}

/** The code for a secret of 32 bytes: `base58(01 ‖ secret ‖ first 4 bytes of H(H(01 ‖ secret)))`. */
export async function linkCode(secret: Bytes): Promise<string> {
  const body = concat(Uint8Array.of(VERSION), secret);
  return base58(concat(body, await checksum(body)));
}

/**
 * The secret of a link, from its fragment or from anything a person may paste: the whole address, `%23` or `%2523` for
 * `#`, white space and signs around it, words after it. Throws `damaged-link` for everything else.
 */
export async function parseLink(pasted: string): Promise<Bytes> {
  const raw = unbase58(repair(pasted));
  if (raw?.length !== 1 + SECRET + CHECK || raw[0] !== VERSION) throw new Trouble("damaged-link");
  const body = raw.slice(0, 1 + SECRET);
  if (!same(await checksum(body), raw.slice(1 + SECRET))) throw new Trouble("damaged-link");
  return body.slice(1);
}

export async function deriveKeys(secret: Bytes): Promise<LinkKeys> {
  return {
    boxId: await derive(secret, "box-id", 16),
    uploadToken: hex(await derive(secret, "upload-token")),
    requestSeal: await deriveSealKey(secret, "request-seal"),
    submissionMac: await deriveMacKey(secret, "submission-mac"),
    voice: await deriveMacKey(secret, "voice"),
    statusSeal: await deriveSealKey(secret, "status-seal"),
    draftSeal: await deriveSealKey(secret, "draft-seal"),
  };
}

function repair(pasted: string): string {
  const after = (mark: string) => (pasted.includes(mark) ? pasted.lastIndexOf(mark) + mark.length : 0);
  const fragment = pasted.slice(Math.max(after("#"), after("%23"), after("%2523")));
  // Quotes, brackets and words around it go the way of white space: messengers add all of them.
  const code = /[1-9A-HJ-NP-Za-km-z]+/.exec(fragment)?.[0] ?? "";
  return code.length <= LONGEST ? code : "";
}

async function checksum(body: Bytes): Promise<Bytes> {
  return (await sha256(await sha256(body))).slice(0, CHECK);
}

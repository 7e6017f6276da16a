// The link's code, its repair, and everything derived from it (FORMATS.md §2).
import { type Bytes, base58, concat, hex, same, sha256, unbase58 } from "./bytes";
import { derive, deriveMacKey, deriveSealKey } from "./sealed";
import { Trouble } from "./trouble";

const VERSION = 1;
const SECRET = 32;
const CHECK = 4;

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
 * The secret of a link, from its fragment or from anything a person may paste: the whole address, `%23` for `#`,
 * white space around it, punctuation after it. Throws `damaged-link` for everything else.
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
  const plain = pasted.replace(/%(25)*23/gi, "#").replace(/%(25)*(20|0[9AD])/gi, " ");
  const fragment = plain.slice(plain.lastIndexOf("#") + 1);
  // Quotes and brackets around it go the way of white space: messengers add both.
  return fragment.replace(/^[^0-9A-Za-z]+|[^0-9A-Za-z]+$/g, "");
}

async function checksum(body: Bytes): Promise<Bytes> {
  return (await sha256(await sha256(body))).slice(0, CHECK);
}

// What lies in age files: wrapped keys, the kept link, items (FORMATS §4, §6, §7).
import { Decrypter } from "age-encryption";
import { type Bytes, concat, text } from "../../src/bytes";
import { linkCode, parseLink } from "../../src/link";
import { deriveSealKey, open } from "../../src/sealed";
import { Refused } from "../vectors";

/** The plaintext; refuses with `header`, `no-match`, `forged` or `payload`. */
export async function openAge(identity: string, file: Bytes): Promise<Bytes> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  await decrypter.decryptHeader(file).catch((error: Error) => {
    if (/no identity matched/.test(error.message)) throw new Refused("no-match");
    if (/HMAC/.test(error.message)) throw new Refused("forged");
    throw new Refused("header");
  });
  return decrypter.decrypt(file).then(
    (plain) => plain as Bytes,
    () => {
      throw new Refused("payload");
    },
  );
}

/** What a relay keeps of a request identity, and the place it is bound to. */
export type Share = { share: Bytes; boxId: Bytes; class: number };

/** `kind u8 ‖ body`; kind 0 is the request identity's text, kind 1 seals that under a share. */
export async function openRequestWrap(identity: string, file: Bytes, under: Share | null = null): Promise<string> {
  const plain = await openAge(identity, file);
  if (plain.length === 0) throw new Refused("not-a-key");
  if (plain[0] === 1) {
    if (!under) throw new Refused("needs-share");
    const key = await deriveSealKey(under.share, "share");
    const ctx = concat(under.boxId, Uint8Array.of(under.class));
    return asIdentity(await open(key, "share", ctx, plain.slice(1)));
  }
  if (plain[0] !== 0) throw new Refused("newer-kind");
  return asIdentity(plain.slice(1));
}

export async function openGrant(identity: string, file: Bytes): Promise<string> {
  return asIdentity(await openAge(identity, file));
}

export async function openLink(identity: string, file: Bytes): Promise<string> {
  return linkCode(await parseLink(text(await openAge(identity, file))));
}

/** An item cut to its true length; only zeros may be lost. */
export async function openItem(identity: string, file: Bytes, length: number): Promise<Bytes> {
  return cut(await openAge(identity, file), length);
}

export function cut(padded: Bytes, length: number): Bytes {
  if (padded.length < length || padded.slice(length).some((byte) => byte !== 0)) throw new Refused("bad-padding");
  return padded.slice(0, length);
}

function asIdentity(bytes: Bytes): string {
  const identity = text(bytes);
  try {
    new Decrypter().addIdentity(identity);
    return identity;
  } catch {
    throw new Refused("not-a-key");
  }
}

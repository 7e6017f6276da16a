// What is given by hand, on its way to the shell: pictures drawn anew, everything else as it came.
import { brandOf, encodeCard, parseCard } from "@cloakroom/shared/card";
import { checkFile } from "@cloakroom/shared/filetype";
import { redraw } from "@cloakroom/shared/picture";
import type { Brand } from "@cloakroom/shared/request";
import { Trouble } from "@cloakroom/shared/trouble";
import type { BringItem, BringSlot } from "../generated";

/** One thing, until it is handed over. */
export interface Given {
  slot: number;
  /** The file's name; empty for a card or a text. */
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  redrawn: boolean;
}

export interface TypedCard {
  number: string;
  month: string;
  year: string;
  holder: string;
}

/** A file, checked by its first bytes; of a picture nothing but its pixels is kept, as on the customer's page. */
export async function fromFile(slot: BringSlot, file: File): Promise<Given> {
  const type = await checkFile(file, slot.media);
  const redrawn = type.startsWith("image/");
  const kept = redrawn ? await redraw(file, type, slot.media) : file;
  return { slot: slot.slot, name: file.name, bytes: new Uint8Array(await kept.arrayBuffer()), redrawn };
}

/** A card as it was dictated. Throws what is wrong with it, in words. */
export function fromCard(slot: BringSlot, typed: TypedCard, now: number): Given {
  const card = parseCard(typed, slot.brands as Brand[], now);
  return { slot: slot.slot, name: "", bytes: encodeCard(card), redrawn: false };
}

export function fromText(slot: BringSlot, text: string): Given {
  return { slot: slot.slot, name: "", bytes: new TextEncoder().encode(text.trim()), redrawn: false };
}

/** Everything in one row, and what is what. The row is one copy more: the caller wipes it. */
export function together(given: readonly Given[]): { items: BringItem[]; body: Uint8Array<ArrayBuffer> } {
  const body = new Uint8Array(given.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  const items = given.map(({ slot, name, bytes, redrawn }) => {
    body.set(bytes, at);
    at += bytes.length;
    return { slot, name, length: bytes.length, redrawn };
  });
  return { items, body };
}

export function wipe(given: readonly Given[]): void {
  for (const { bytes } of given) bytes.fill(0);
}

export function isTyped(card: TypedCard): boolean {
  return Object.values(card).some((line) => line.trim() !== "");
}

/** The brand that a number begins like, in words. */
export function brandName(number: string): string {
  const names: Record<Brand, string> = { visa: "Visa", mastercard: "Mastercard", amex: "American Express" };
  const brand = number.replace(/\D/g, "").length >= 2 ? brandOf(number) : null;
  return brand ? names[brand] : "";
}

export function words(error: unknown): string {
  if (error instanceof Trouble) return error.message;
  return error instanceof Error ? error.message : "This did not work. Try again.";
}

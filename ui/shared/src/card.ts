// A payment card: checked, masked, encoded. There is no security code anywhere, by design.
import { cardNumber } from "card-validator/dist/card-number";
import { type Bytes, utf8 } from "./bytes";
import type { Brand } from "./request";
import { Trouble } from "./trouble";

export const CARD_TYPE = "application/vnd.cloakroom.card+json";

export interface Card {
  /** Digits only. */
  number: string;
  /** 1 to 12. */
  month: number;
  /** Four digits. */
  year: number;
  holder: string;
}

const BRANDS: Record<string, Brand> = { visa: "visa", mastercard: "mastercard", "american-express": "amex" };

export const BRAND_NAMES: Record<Brand, string> = {
  visa: "Visa",
  mastercard: "Mastercard",
  amex: "American Express",
};

/** The fields as a person typed them, checked against `now` (UTC seconds); throws a `Trouble` for the first that is wrong. */
export function parseCard(
  typed: { number: string; month: string; year: string; holder: string },
  taken: readonly Brand[],
  now: number,
): Card {
  const number = parseNumber(typed.number, taken);
  const month = parseMonth(typed.month);
  const year = parseYear(typed.year);
  const today = new Date(now * 1000);
  if (year * 12 + month < today.getUTCFullYear() * 12 + today.getUTCMonth() + 1) throw new Trouble("card-expired");
  return { number, month, year, holder: parseHolder(typed.holder) };
}

/** Digits of a complete number of a brand that is taken; spaces and dashes are fine. */
export function parseNumber(typed: string, taken: readonly Brand[]): string {
  const digits = typed.replace(/[\s\u2010-\u2015-]/gu, "");
  const checked = cardNumber(digits);
  if (!/^\d{12,19}$/.test(digits) || !checked.isValid) throw new Trouble("card-number");
  const brand = checked.card ? BRANDS[checked.card.type] : undefined;
  if (!brand || !taken.includes(brand)) throw new Trouble("card-brand");
  return digits;
}

/** The brand a number begins like, while it is typed. */
export function brandOf(typed: string): Brand | null {
  const { card } = cardNumber(typed.replace(/\D/g, ""));
  return (card && BRANDS[card.type]) ?? null;
}

export function parseMonth(typed: string): number {
  const month = Number(typed.trim());
  if (!/^\d{1,2}$/.test(typed.trim()) || month < 1 || month > 12) throw new Trouble("card-month");
  return month;
}

/** Two digits mean this century. */
export function parseYear(typed: string): number {
  const digits = typed.trim();
  if (!/^(20)?\d{2}$/.test(digits)) throw new Trouble("card-year");
  return Number(digits.length === 2 ? `20${digits}` : digits);
}

export function parseHolder(typed: string): string {
  const name = typed.trim().replace(/\s+/g, " ");
  if (name === "") throw new Trouble("card-holder");
  // Digits do not stand in a name; three or four alone are most likely a security code.
  if (/\d{3,}/.test(name)) throw new Trouble("card-code");
  return name;
}

/** BIN and last four: `411111••••••1111` (PCI DSS 3.3.1 allows no more). */
export function mask(number: string): string {
  return number.slice(0, 6) + "•".repeat(Math.max(0, number.length - 10)) + number.slice(-4);
}

/** The plaintext that is sealed. */
export function encodeCard(card: Card): Bytes {
  return utf8(JSON.stringify({ number: card.number, month: card.month, year: card.year, holder: card.holder }));
}

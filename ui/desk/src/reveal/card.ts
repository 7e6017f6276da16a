// A card, as it comes from the vault, cut into what a person reads out or types one after the other.

export type CardView = { brand: string; groups: string[]; month: string; year: string; holder: string };

/** Parses `{number, month, year, holder}`. Never quotes what it was given. */
export function parseCard(bytes: Uint8Array): CardView {
  const { number, month, year, holder } = JSON.parse(new TextDecoder().decode(bytes)) as {
    number: string;
    month: number;
    year: number;
    holder: string;
  };
  if (!/^\d{12,19}$/.test(number)) throw new Error("This is not a card. Close this window and open it again.");
  return {
    brand: brand(number),
    groups: number.match(/\d{1,4}/g) ?? [],
    month: String(month).padStart(2, "0"),
    year: String(year),
    holder,
  };
}

/** The brand in words, by the number's first digits (ISO/IEC 7812). */
export function brand(number: string): string {
  if (number.startsWith("4")) return "Visa";
  if (/^3[47]/.test(number)) return "American Express";
  const four = Number(number.slice(0, 4));
  if ((four >= 5100 && four <= 5599) || (four >= 2221 && four <= 2720)) return "Mastercard";
  return "Card";
}

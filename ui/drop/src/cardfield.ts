// A payment card, in the order of a card: number, month, year, name. Each is checked when it is left.
import { brandOf, CARD_TYPE, encodeCard, mask, parseCard, parseHolder, parseMonth, parseNumber, parseYear } from "@cloakroom/shared/card";
import type { DraftPart } from "@cloakroom/shared/draft";
import type { Brand, Slot } from "@cloakroom/shared/request";
import { Trouble, type TroubleCode } from "@cloakroom/shared/trouble";
import { h } from "./dom";
import { listParts } from "./format";
import { atRest, entry, type Entry, type Field, framed, type Problem, words } from "./frame";
import { type Giving, keptRow } from "./giving";
import { digitsOf, groupAsTyped } from "./group";

const NAMES: Record<Brand, string> = { visa: "Visa", mastercard: "Mastercard", amex: "American Express" };
type Part = "number" | "month" | "year" | "holder";
/** Where a fault belongs that shows only in the card as a whole. */
const PLACE: Partial<Record<TroubleCode, Part>> = { "card-expired": "year" };

export function cardField(slot: Slot & { kind: "card" }, giving: Giving): Field {
  const lines: Record<Part, Entry> = {
    number: entry("Card number", { inputMode: "numeric", autocomplete: "cc-number", maxLength: 40 }),
    month: entry("Expiry month", { inputMode: "numeric", autocomplete: "cc-exp-month", maxLength: 2, placeholder: "MM" }),
    year: entry("Expiry year", { inputMode: "numeric", autocomplete: "cc-exp-year", maxLength: 4, placeholder: "YYYY" }),
    holder: entry("Name on card", { autocomplete: "cc-name" }),
  };
  const parts = Object.keys(lines) as Part[];
  const brand = h("p", { className: "brand", attrs: { "aria-live": "polite" } });
  const kept = h("ul", { className: "kept" });
  const taken = `${listParts(slot.brands.map((each) => NAMES[each])).map(({ value }) => value).join("")}. The security code is never asked for.`;
  const element = framed(
    slot.label,
    h("p", { className: "hint" }, taken),
    h("div", { className: "card" }, lines.number.element, lines.month.element, lines.year.element, lines.holder.element),
    kept,
  );
  lines.number.element.append(brand);
  for (const part of parts) lines[part].input.spellcheck = false;
  const value = (part: Part) => lines[part].input.value;
  const untouched = () => parts.every((part) => value(part).trim() === "");
  const spelled = () => JSON.stringify(parts.map(value));
  let sealed = "";

  const render = () => {
    const remove = (part: DraftPart) => async () => {
      await giving.remove(part);
      sealed = "";
      for (const each of parts) {
        lines[each].input.value = "";
        lines[each].tell("");
      }
      brand.textContent = "";
      render();
      lines.number.input.focus();
    };
    // After a reload, or while another one is typed, which card it is.
    const name = (part: DraftPart) => (spelled() === sealed ? "" : part.preview);
    kept.replaceChildren(...giving.parts(slot).map((part) => keptRow(name(part), "Clear the card", remove(part))));
  };

  /** What is wrong with one line, shown beside it. */
  const check = (part: Part): Trouble | null => {
    const parsers = { number: (typed: string) => parseNumber(typed, slot.brands), month: parseMonth, year: parseYear, holder: parseHolder };
    let wrong: Trouble | null = null;
    try {
      if (value(part).trim() === "") throw new Trouble("card-missing");
      parsers[part](value(part));
    } catch (error) {
      const said = words(error);
      const digits = digitsOf(value(part));
      const whole = digits !== null && digits.length >= (brandOf(digits) === "amex" ? 15 : 16);
      wrong = said.code === "card-number" && whole && digits.length <= 19 ? new Trouble("card-digit") : said;
    }
    lines[part].tell(wrong?.message ?? "");
    return wrong;
  };

  const seal = async () => {
    const now = spelled();
    if (now === sealed) return;
    const typed = { number: value("number"), month: value("month"), year: value("year"), holder: value("holder") };
    const card = parseCard(typed, slot.brands, Date.now() / 1000);
    await giving.setValue(slot, encodeCard(card), CARD_TYPE, mask(card.number));
    sealed = now;
    render();
  };
  /** All lines checked, then sealed, so that a reload loses nothing. */
  const attempt = async (): Promise<Problem[]> => {
    const wrong: Problem[] = [];
    for (const part of parts) {
      const found = check(part);
      if (found) wrong.push({ text: `${nameOf(part)}: ${found.what}`, at: lines[part].input });
    }
    if (wrong.length > 0) return wrong;
    try {
      await seal();
      return [];
    } catch (error) {
      const said = words(error);
      const part = PLACE[said.code] ?? "number";
      lines[part].tell(said.message);
      return [{ text: `${nameOf(part)}: ${said.what}`, at: lines[part].input }];
    }
  };
  const nameOf = (part: Part) => lines[part].element.querySelector("label")?.textContent ?? "";

  let underway: Promise<unknown> = Promise.resolve();
  for (const part of parts) {
    const { input, tell } = lines[part];
    // What is wrong stays to be read while it is mended: taking it away would move the line under the fingers.
    input.addEventListener("change", () => {
      if (value(part).trim() === "") return tell("");
      const all = parts.every((each) => value(each).trim() !== "");
      underway = underway
        .then(atRest)
        .then(async () => void (all ? await attempt() : check(part)))
        .catch((error: unknown) => tell(words(error).message));
    });
  }
  lines.number.input.addEventListener("input", (event) => {
    const american = brandOf(value("number")) === "amex";
    groupAsTyped(lines.number.input, american ? [4, 6, 5] : [4, 4, 4, 4, 3], event);
    const digits = digitsOf(value("number")) ?? "";
    const found = digits.length >= 2 ? brandOf(digits) : null;
    brand.textContent = found ? NAMES[found] : "";
  });
  // After the grouping.
  for (const part of parts) lines[part].input.addEventListener("input", render);
  render();
  return {
    element,
    freeze: (frozen) => (element.disabled = frozen),
    render,
    async complete() {
      await underway;
      if (untouched() && giving.parts(slot).length > 0) return [];
      return attempt();
    },
  };
}

// Who asks: what was typed at the first start, checked, and made into what the vault is founded with.
import type { Founding } from "../generated";

/** Everything as text, as it stands in the fields. */
export type Typed = {
  company: string;
  person: string;
  helpName: string;
  phone: string;
  email: string;
  web: string;
  colour: string;
};
export type FieldName = keyof Typed;
/** Something wrong with one field, in words. */
export type Problem = { field: FieldName; text: string };

/** Colours that white letters hold 4.5:1 on, and that people tell apart. The first is ours. */
export const COLOURS = [
  { code: "#1f5f5b", name: "Green" },
  { code: "#1d4f91", name: "Blue" },
  { code: "#5b3a8c", name: "Violet" },
  { code: "#a3271d", name: "Red" },
] as const;

export const EMPTY: Typed = { company: "", person: "", helpName: "", phone: "", email: "", web: "", colour: COLOURS[0].code };

/** What is wrong, in the order of the fields. */
export function check(typed: Typed): Problem[] {
  const found: (Problem | false)[] = [
    blank(typed.company) && { field: "company", text: "Type your company's name as customers know it." },
    blank(typed.person) && { field: "person", text: "Type your first name." },
    blank(typed.helpName) && { field: "helpName", text: "Type whom customers can ask, such as Front desk." },
    blank(typed.phone) && blank(typed.email) && blank(typed.web)
      && { field: "phone", text: "Give at least one way to reach them: phone, e-mail or website." },
    !blank(typed.phone) && !/^\+?[\d\s()./-]{3,}$/.test(typed.phone.trim())
      && { field: "phone", text: "Type the phone number with digits, such as +44 20 7946 0000." },
    !blank(typed.email) && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(typed.email.trim())
      && { field: "email", text: "Type the whole e-mail address, such as help@example.com." },
    !blank(typed.web) && website(typed.web) === null
      && { field: "web", text: "Type the website's address, such as www.example.com." },
    !/^#[\da-f]{6}$/i.test(typed.colour.trim())
      && { field: "colour", text: "Type the colour as # and six characters of 0–9 and a–f, such as #1f5f5b." },
  ];
  return found.filter((problem) => problem !== false);
}

/** What the vault is founded with. `typed` has passed [`check`]. */
export function toFounding(typed: Typed): Founding {
  return {
    person: tidy(typed.person),
    company: {
      name: tidy(typed.company),
      colour: typed.colour.trim().toLowerCase(),
      help: {
        name: tidy(typed.helpName),
        phone: tidy(typed.phone) || null,
        email: tidy(typed.email) || null,
        web: blank(typed.web) ? null : website(typed.web),
      },
    },
  };
}

/** A website as people write it, with its scheme; nothing for what is none. */
export function website(text: string): string | null {
  const trimmed = text.trim();
  const whole = /^https?:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (/[\s@]/.test(trimmed) || !URL.canParse(whole)) return null;
  const url = new URL(whole);
  if (!url.hostname.includes(".")) return null;
  return url.pathname === "/" && !url.search ? url.origin : url.href;
}

function blank(text: string): boolean {
  return text.trim() === "";
}

function tidy(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

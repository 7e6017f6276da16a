// The company's colour, where it can be read (WCAG 2.2, 1.4.3); elsewhere the page keeps its own ink.

const READABLE = 4.5;
/** The grounds that leave the least contrast, light and dark; see page.css. */
const LIGHT_GROUND = "#f1efe9";
const DARK_GROUND = "#2d2b27";
const PAPER = "#ffffff";
const INK = "#17150f";

/** Sets the accent of `page`: as link and button on light ground, on dark ground, and as a tile behind one letter. */
export function wear(page: HTMLElement, colour: string): void {
  const set = (name: string, value: string | null) =>
    value === null ? page.style.removeProperty(name) : page.style.setProperty(name, value);
  for (const [ground, name] of [
    [LIGHT_GROUND, "light"],
    [DARK_GROUND, "dark"],
  ] as const) {
    const legible = contrast(colour, ground) >= READABLE;
    set(`--company-${name}`, legible ? colour : null);
    set(`--on-company-${name}`, legible ? letters(colour) : null);
  }
  set("--tile", colour);
  set("--on-tile", letters(colour));
}

/** Relative luminances compared, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function letters(ground: string): string {
  return contrast(ground, PAPER) >= contrast(ground, INK) ? PAPER : INK;
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

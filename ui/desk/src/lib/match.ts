// Which entries of a list answer to what is typed.

/** Every typed word must begin a word of the text, or the typed letters be its initials ("nr": New request). */
export function matches(text: string, typed: string): boolean {
  const wanted = words(typed);
  if (wanted.length === 0) return true;
  const there = words(text);
  const begins = (word: string) => there.some((each) => each.startsWith(word));
  if (wanted.every(begins)) return true;
  const initials = there.map((each) => each.charAt(0)).join("");
  return wanted.length === 1 && wanted.every((word) => word.length > 1 && initials.startsWith(word));
}

function words(text: string): string[] {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}#-]+/u)
    .filter((word) => word !== "");
}

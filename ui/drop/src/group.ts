// A card number in groups while it is typed, with the cursor staying beside the digit it was beside.

/** The digits of what was typed, or null when there is anything but digits, spaces and dashes. */
export function digitsOf(typed: string): string | null {
  return /^[\d\s\u2010-\u2015-]*$/u.test(typed) ? typed.replace(/\D/g, "") : null;
}

/** "4111111" as "4111 111". */
export function grouped(digits: string, groups: readonly number[]): string {
  const found: string[] = [];
  let at = 0;
  for (const length of groups) {
    if (at < digits.length) found.push(digits.slice(at, at + length));
    at += length;
  }
  return (found.join(" ") + digits.slice(at)).trim();
}

/** Groups the number in `input`; what is no card number stays as it was typed. */
export function groupAsTyped(input: HTMLInputElement, groups: readonly number[], event: Event): void {
  const typed = input.value;
  const digits = digitsOf(typed);
  if (digits === null || ("isComposing" in event && event.isComposing)) return;
  const neat = grouped(digits, groups);
  if (neat === typed) return;
  const cursor = input.selectionStart ?? typed.length;
  const before = typed.slice(0, cursor).replace(/\D/g, "").length;
  input.value = neat;
  let place = 0;
  for (let seen = 0; place < neat.length && seen < before; place++) if (neat[place] !== " ") seen++;
  const kind = "inputType" in event ? String(event.inputType) : "";
  // After a typed digit the gap is behind the cursor; forward deletion steps over it, or it would never get on.
  const over = kind.startsWith("insert") || kind === "deleteContentForward";
  if (over && neat[place] === " " && place < neat.length) place++;
  if (document.activeElement === input) input.setSelectionRange(place, place);
}

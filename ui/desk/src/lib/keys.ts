// Keyboard shortcuts: how they are written, shown and recognised.

const MAC = typeof navigator !== "undefined" && /Mac/.test(navigator.userAgent);

/** A shortcut such as "c", "?", "Escape" or "Mod+k"; Mod is Cmd on a Mac, else Ctrl. */
export type Keys = string;

/** Its keys, as they are printed on the keyboard. */
export function shown(keys: Keys): string[] {
  const names: Record<string, string> = { Mod: MAC ? "⌘" : "Ctrl", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓" };
  return keys.split("+").map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}

/** For `aria-keyshortcuts`. */
export function spoken(keys: Keys): string {
  return keys.replace("Mod", MAC ? "Meta" : "Control");
}

export function pressed(event: KeyboardEvent, keys: Keys): boolean {
  const parts = keys.split("+");
  const key = parts[parts.length - 1] ?? "";
  const mod = parts.includes("Mod");
  if (mod !== (MAC ? event.metaKey : event.ctrlKey) || event.altKey || (MAC ? event.ctrlKey : event.metaKey)) return false;
  // Where "?" lies differs by keyboard, so that Shift says nothing about signs.
  const letter = /^[a-z]$/.test(key);
  return event.key.toLowerCase() === key.toLowerCase() && (!letter || event.shiftKey === parts.includes("Shift"));
}

/** Whether the key would be typed into something. */
export function isTyped(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "range", "color"].includes(target.type);
}

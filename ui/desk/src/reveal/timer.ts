// The time an opening lasts, in words.

/** Seconds as "4:05", for the eye. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Seconds as "4 minutes 5 seconds", for the ear and for sentences. */
export function spoken(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  const words = [minutes > 0 && count(minutes, "minute"), (rest > 0 || minutes === 0) && count(rest, "second")];
  return words.filter(Boolean).join(" ");
}

/** When a screen reader is told without asking. */
export function announced(seconds: number): boolean {
  return seconds === 60 || seconds === 30 || seconds === 10;
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}

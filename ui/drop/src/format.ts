// Dates, sizes and lists as a person reads them.

const DATE = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});
const AWAY = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const LIST = new Intl.ListFormat("en-GB");
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** UTC seconds as an absolute local date with its zone. */
export function date(seconds: number): string {
  return DATE.format(seconds * 1000);
}

/** UTC seconds as seen from now: "in 3 days", "2 hours ago". */
export function relative(seconds: number, now = Date.now() / 1000): string {
  const away = seconds - now;
  const [unit, length] = UNITS.find(([, length]) => whole(away, length) > 0) ?? ["minute", 60];
  const count = Math.sign(away) * whole(away, length);
  return count === 0 ? "just now" : AWAY.format(count, unit);
}

/** How many whole units; a little less than one counts, so that seven days are not six a second later. */
function whole(seconds: number, length: number): number {
  return Math.floor(Math.abs(seconds) / length + 0.02);
}

/** Bytes in the unit a phone shows. */
export function size(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}

/** Seconds, roughly. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  return `${Math.ceil(seconds / 60)} min`;
}

/** The words of a list and what stands between them, in order. */
export function listParts(words: readonly string[]): { type: "element" | "literal"; value: string }[] {
  return LIST.formatToParts(words);
}

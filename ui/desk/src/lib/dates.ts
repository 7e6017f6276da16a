// Times as a person reads them: absolute and local with the zone, the relative time beside it.

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const AGO = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** UTC seconds as "21 Nov 2026, 14:32 CET". */
export function date(seconds: number): string {
  return DAY.format(seconds * 1000);
}

/** "21 Nov, 14:32": for a narrow column, the whole of it close by. */
export function shortDate(seconds: number): string {
  return SHORT.format(seconds * 1000);
}

/** "in 3 hours", "2 days ago", "now". */
export function relative(seconds: number, now: number): string {
  const away = seconds - now;
  const [unit, length] = UNITS.find(([, length]) => whole(away, length) > 0) ?? ["minute", 60];
  const count = Math.sign(away) * whole(away, length);
  return count === 0 ? "now" : AGO.format(count, unit);
}

/** How many whole units; a little less than one counts, so that seven days are not six a second later. */
function whole(seconds: number, length: number): number {
  return Math.floor(Math.abs(seconds) / length + 0.02);
}

/** Bytes as "2.4 MB". */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}

// How long is left, in as few words as stay true.

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Seconds as "12 days", "71 h 58 min", "72 h", "9 min 12 s" or "42 s"; "now" once they are over. */
export function countdown(seconds: number): string {
  const left = Math.floor(seconds);
  if (left <= 0) return "now";
  if (left < MINUTE) return `${left} s`;
  if (left < 10 * MINUTE) return `${Math.floor(left / MINUTE)} min ${left % MINUTE} s`;
  if (left < HOUR) return `${Math.floor(left / MINUTE)} min`;
  if (left < 5 * DAY) {
    const minutes = Math.floor((left % HOUR) / MINUTE);
    return `${Math.floor(left / HOUR)} h${left >= DAY && minutes === 0 ? "" : ` ${minutes} min`}`;
  }
  return `${Math.floor(left / DAY)} days`;
}

/** "4 min", "3 h", "2 days": how old something is, for a narrow column. */
export function age(seconds: number): string {
  const passed = Math.max(0, Math.floor(seconds));
  if (passed < MINUTE) return "now";
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  const days = Math.floor(passed / DAY);
  return days === 1 ? "1 day ago" : `${days} days ago`;
}

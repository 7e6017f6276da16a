/** "3 arrived", and nothing more: the lock screen is seen by whoever passes. */
export function arrivals(count: number): string {
  return count === 0 ? "Nothing new" : `${count.toLocaleString("en-GB")} arrived`;
}

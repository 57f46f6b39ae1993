/** The current time in epoch milliseconds. */
export type Clock = () => number;

export const DAY_MS = 86_400_000;

/**
 * Writes a time as RFC 3339 in UTC, so that times sort as text.
 *
 * @param time epoch milliseconds, or text in another form or zone
 * @throws RangeError if it is not a time
 */
export function iso(time: number | string): string {
  return new Date(time).toISOString();
}

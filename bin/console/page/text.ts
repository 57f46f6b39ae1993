/** `1 dead letter`, `12 dead letters`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** A value for a cell. */
export function shown(value: unknown): string {
  return value === undefined ? '(absent)' : JSON.stringify(value);
}

/** `orders, payments and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.length > most ? names.slice(0, most - 1) : names;
  const last = names.length > shown.length ? `${names.length - shown.length} more` : shown.at(-1);
  const first = names.length > shown.length ? shown : shown.slice(0, -1);
  return first.length === 0 ? (last ?? '') : `${first.join(', ')} and ${last}`;
}

/** So many hours back, a time without its date is clear. */
const SAME_DAY_MS = 20 * 3_600_000;

/** `03:02 UTC`, with its date if it is long ago. */
export function clockTime(at: string, now: number): string {
  const time = `${at.slice(11, 16)} UTC`;
  return now - Date.parse(at) < SAME_DAY_MS ? time : `${at.slice(0, 10)} ${time}`;
}

interface LoadedFacts {
  readonly loaded: number;
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  /** About how many there are, if somebody counts them. */
  readonly all: number | undefined;
}

/** `35 of about 215 failures, scroll for more`. */
export function loadedText({ loaded, isLoading, hasMore, all }: LoadedFacts): string {
  if (loaded === 0 && isLoading) return 'Loading…';
  if (!hasMore && !isLoading) return count(loaded, 'failure');
  const of = all !== undefined && all > loaded ? ` of about ${all.toLocaleString('en')}` : ' so far';
  return `${loaded.toLocaleString('en')}${of}${isLoading ? ', loading…' : ', scroll for more'}`;
}

/** A text as a sentence begins. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

import { InvalidArgumentError } from 'commander';
import { type Clock, DAY_MS, iso } from '../../lambdas/contract/time.ts';
import { UsageError } from './errors.ts';
import { didYouMean } from './nearest.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses a time span such as `90s`, `30m`, `2h` or `7d` to milliseconds. */
export function span(leastMs: number, mostMs: number) {
  return (text: string): number => {
    const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
    const ms = Number(number) * (UNITS[unit] ?? Number.NaN);
    if (Number.isNaN(ms)) throw new InvalidArgumentError('Must be a number followed by s, m, h or d, such as 30m.');
    if (ms < leastMs || ms > mostMs)
      throw new InvalidArgumentError(`Must be ${spanText(leastMs)} to ${spanText(mostMs)}.`);
    return ms;
  };
}

function spanText(ms: number): string {
  return ms > 0 && ms % DAY_MS === 0 ? `${ms / DAY_MS}d` : `${ms / 1_000}s`;
}

/** Parses a point in time, RFC 3339 or an age (`2h`), to epoch milliseconds. */
export function pointInTime(now: Clock = Date.now) {
  return (text: string): number => {
    const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
    const size = UNITS[unit];
    if (size !== undefined) return now() - Number(number) * size;
    const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(at))
      throw new InvalidArgumentError('Must be a time such as 2026-03-01T12:00:00Z, or an age such as 2h.');
    return at;
  };
}

/** @throws UsageError if a period ends before it begins */
export function mustBePeriod({ since, until }: { readonly since?: number; readonly until?: number }): void {
  if (since === undefined || until === undefined || until >= since) return;
  throw new UsageError(`--until ${iso(until)} is before --since ${iso(since)}, so nothing can match. Swap them.`);
}

/** Parses a whole number in a range. */
export function whole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Parses a number in a range. */
export function number(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`Must be a number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Parses a value of a closed set. Suggests the nearest one instead of a mistyped one. */
export function oneOf<const Choice extends string>(choices: readonly Choice[]) {
  return (text: string): Choice => {
    const choice = choices.find((each) => each === text);
    if (choice !== undefined) return choice;
    throw new InvalidArgumentError(`Must be one of ${choices.join(', ')}.${didYouMean(text, choices)}`);
  };
}

/** Validates a failure id. */
export function failureId(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) {
    throw new InvalidArgumentError('Must be a failure id: 1 to 64 letters, digits, ".", "_" or "-".');
  }
  return text;
}

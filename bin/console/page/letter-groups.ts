import { hasStepsLeft } from '../../../lambdas/contract/compensation.ts';
import type { FailureRow } from './documents.ts';

/** Dead letters of one dependency that failed in the same way. */
export interface Group {
  readonly key: string;
  readonly dependency: string;
  readonly rule: string;
  readonly reason: string;
  /** HTTP status of the last answers, if there were any. */
  readonly statusCode?: number | undefined;
  /** The words that the masked excerpts share, with `…` for the others. */
  readonly words: string[];
  readonly rows: FailureRow[];
  /** Those with completed steps that are still in effect. */
  readonly halfDone: FailureRow[];
  /** When the dead letters arrived, in epoch milliseconds. */
  readonly times: number[];
}

/** The groups of one dependency, the largest first. */
export interface DependencyGroups {
  readonly dependency: string;
  /** Dead letters of all groups. */
  readonly total: number;
  readonly groups: readonly Group[];
}

/** What differs between the excerpts of a group. */
const DIFFERENT = '…';

/**
 * Groups by dependency, rule, reason, status and message pattern. Takes rows as they come, since there may be very
 * many.
 */
export class LetterGroups {
  readonly #groups = new Map<string, Group>();
  #taken = 0;

  /** Takes the rows that it has not seen, which are at the end. */
  take(rows: readonly FailureRow[]): void {
    for (; this.#taken < rows.length; this.#taken++) {
      const row = rows[this.#taken];
      if (row) this.#add(row);
    }
  }

  /** By dependency, the one with the most dead letters first. */
  all(): readonly DependencyGroups[] {
    const all = new Map<string, Group[]>();
    for (const group of this.#groups.values()) {
      const known = all.get(group.dependency);
      if (known) known.push(group);
      else all.set(group.dependency, [group]);
    }
    return [...all]
      .map(([dependency, groups]) => ({
        dependency,
        total: groups.reduce((sum, { rows }) => sum + rows.length, 0),
        groups: groups.sort((a, b) => b.rows.length - a.rows.length),
      }))
      .sort((a, b) => b.total - a.total);
  }

  #add(row: FailureRow): void {
    const { dependency, rule, reason = 'unknown', statusCode, excerpt = '' } = row;
    const words = excerpt === '' ? [] : excerpt.split(' ');
    const key = JSON.stringify([dependency, rule, reason, statusCode, ...words.map(patternOf)]);
    let group = this.#groups.get(key);
    if (group) keepCommon(group.words, words);
    else {
      group = { key, dependency, rule, reason, statusCode, words, rows: [], halfDone: [], times: [] };
      this.#groups.set(key, group);
    }
    group.rows.push(row);
    if (hasStepsLeft(row)) group.halfDone.push(row);
    group.times.push(Date.parse(row.settledAt ?? row.receivedAt));
  }
}

/** A word with a digit names one thing among many: an id, an amount, a time. */
function patternOf(word: string): string {
  return /\d/.test(word) ? DIFFERENT : word;
}

/** Excerpts with the same pattern have the same number of words. */
function keepCommon(words: string[], others: readonly string[]): void {
  for (const [at, word] of words.entries()) if (word !== others[at]) words[at] = DIFFERENT;
}

/** The words that the excerpts share. If they share none, the first excerpt as an example. */
export function headingOf({ words, rows }: Group): string {
  if (words.some((word) => word !== DIFFERENT)) return words.join(' ');
  const excerpt = rows[0]?.excerpt ?? '';
  return excerpt === '' ? '' : `for example: ${excerpt}`;
}

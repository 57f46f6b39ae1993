import type { FailureRow } from './documents.ts';

/** Dead letters of one dependency that failed in the same way. */
export interface Group {
  readonly key: string;
  readonly dependency: string;
  readonly rule: string;
  readonly reason: string;
  /** The error's excerpt, with `…` for what differs: ids, numbers, times. */
  readonly pattern: string;
  readonly rows: FailureRow[];
  /** When the dead letters arrived, in epoch milliseconds. */
  readonly times: number[];
}

/** Groups by dependency, rule, reason and message pattern. Takes rows as they come, since there may be very many. */
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

  /** The largest group first. */
  all(): readonly Group[] {
    return [...this.#groups.values()].sort((a, b) => b.rows.length - a.rows.length);
  }

  #add(row: FailureRow): void {
    const { dependency, rule, reason = 'unknown' } = row;
    const pattern = patternOf(row.excerpt ?? '');
    const key = JSON.stringify([dependency, rule, reason, pattern]);
    const group = this.#groups.get(key) ?? { key, dependency, rule, reason, pattern, rows: [], times: [] };
    group.rows.push(row);
    group.times.push(Date.parse(row.settledAt ?? row.receivedAt));
    this.#groups.set(key, group);
  }
}

/** A word with a digit names one thing among many: an id, an amount, a time. */
export function patternOf(message: string): string {
  return message
    .split(' ')
    .map((word) => (/\d/.test(word) ? '…' : word))
    .join(' ');
}

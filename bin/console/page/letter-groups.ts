import type { FailureRow } from './documents.ts';

/** Dead letters of one dependency that failed in the same way. */
export interface Group {
  readonly key: string;
  readonly dependency: string;
  readonly rule: string;
  readonly reason: string;
  /** The error's excerpt, with `…` for what differs: ids, numbers, times. */
  readonly pattern: string;
  readonly rows: readonly FailureRow[];
}

/** Groups by dependency, rule, reason and message pattern, the largest first. */
export function groupsOf(rows: readonly FailureRow[]): readonly Group[] {
  const groups = new Map<string, Omit<Group, 'rows'> & { readonly rows: FailureRow[] }>();
  for (const row of rows) {
    const { dependency, rule, reason = 'unknown' } = row;
    const pattern = patternOf(row.error ?? '');
    const key = JSON.stringify([dependency, rule, reason, pattern]);
    const group = groups.get(key) ?? { key, dependency, rule, reason, pattern, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.rows.length - a.rows.length);
}

/** A word with a digit names one thing among many: an id, an amount, a time. */
export function patternOf(message: string): string {
  return message
    .split(' ')
    .map((word) => (/\d/.test(word) ? '…' : word))
    .join(' ');
}

import type { LedgerEntry } from '../../contract/ledger-entry.ts';

/**
 * Names an execution after its failure. Step Functions reserves a name for 90 days, so later cycles and rescues append
 * their number after a `+`. Ids contain no `+`. Uses at most 64 characters for the id and about 8 more, of the 80
 * allowed.
 */
export function executionName({ id, cycle }: Pick<LedgerEntry, 'id' | 'cycle'>, rescue = 0): string {
  return `${id}${cycle > 1 ? `+c${cycle}` : ''}${rescue > 0 ? `+r${rescue}` : ''}`;
}

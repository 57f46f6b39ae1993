import type { LedgerEntry } from '../../contract/ledger-entry.ts';

/**
 * An execution is named after its failure. A name is taken for 90 days, so a further cycle or a rescue adds its number, behind a `+`,
 * which no id contains: at most 64 characters of id and some 8 more, of the 80 that Step Functions allows.
 */
export function executionName({ id, cycle }: Pick<LedgerEntry, 'id' | 'cycle'>, rescue = 0): string {
  return `${id}${cycle > 1 ? `+c${cycle}` : ''}${rescue > 0 ? `+r${rescue}` : ''}`;
}

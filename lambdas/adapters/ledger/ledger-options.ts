import type { TimedTable } from '../table.ts';

export interface LedgerOptions extends TimedTable {
  /** How long after its last change the reconciler checks an unfinished entry, in milliseconds. */
  readonly reconcileAfterMs: number;
  /** How long an entry is kept after its last change of state, in milliseconds. @default 30 days */
  readonly retentionMs?: number;
}

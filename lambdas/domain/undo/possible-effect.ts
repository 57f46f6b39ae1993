import type { HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';

export type EffectFacts = Pick<
  LedgerEntry,
  'failure' | 'possibleEffect' | 'uncertain' | 'verdict' | 'inFlight' | 'awaited'
>;

/** Safe methods (RFC 9110, section 9.2.1): they change nothing. */
const READS: ReadonlySet<HttpOperation['method']> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isRead(method: HttpOperation['method']): boolean {
  return READS.has(method);
}

/** Whether any call of the operation, including the reported one, may have changed something. */
export function mayHaveTakenEffect(facts: EffectFacts): boolean {
  const { failure, possibleEffect, uncertain, verdict, inFlight, awaited } = facts;
  if (failure && isRead(failure.operation.method)) return false;
  // A running execution may still complete.
  const isUnsettled = uncertain !== undefined || inFlight !== undefined || (awaited && !awaited.hasFailed);
  return isUnsettled === true || possibleEffect === true || verdict.effect === 'unknown';
}

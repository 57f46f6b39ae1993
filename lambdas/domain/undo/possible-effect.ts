import type { HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';

export type EffectFacts = Pick<
  LedgerEntry,
  'failure' | 'possibleEffect' | 'uncertain' | 'verdict' | 'inFlight' | 'awaited'
>;

/** RFC 9110, 9.2.1: these change nothing. */
const READS: ReadonlySet<HttpOperation['method']> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isRead(method: HttpOperation['method']): boolean {
  return READS.has(method);
}

/** Whether a call of the operation, the reported one included, may have changed something. */
export function mayHaveTakenEffect(facts: EffectFacts): boolean {
  const { failure, possibleEffect, uncertain, verdict, inFlight, awaited } = facts;
  if (failure && isRead(failure.operation.method)) return false;
  // An execution that goes on may still come to its end.
  const isUnsettled = uncertain !== undefined || inFlight !== undefined || (awaited && !awaited.hasFailed);
  return isUnsettled === true || possibleEffect === true || verdict.effect === 'unknown';
}

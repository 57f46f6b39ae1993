import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { executionName } from '../../domain/recovery/execution-name.ts';
import type { Ledger } from '../ledger/ledger.ts';

export interface HandOverTools {
  readonly ledger: Ledger;
  readonly startRecovery: StartRecovery;
}

/** First the ledger, then the machine: an entry that says `warm` without an execution is found and started by a redelivery. */
export async function handOver(
  entry: LedgerEntry,
  durableAttempts: number,
  { ledger, startRecovery }: HandOverTools,
): Promise<LedgerEntry> {
  const attemptLimit = entry.attempts + durableAttempts;
  const handedOver = await ledger.handOver(entry, { execution: executionName(entry), attemptLimit });
  if (isInWarmTier(handedOver)) await startRecovery(handedOver);
  return handedOver;
}

export function isInWarmTier({ state, tier }: LedgerEntry): boolean {
  return state === 'open' && tier === 'warm';
}

export type StartRecovery = (entry: LedgerEntry) => Promise<void>;

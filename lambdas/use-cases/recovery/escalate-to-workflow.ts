import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { executionName } from '../../domain/recovery/execution-name.ts';
import type { Ledger } from '../ledger/ledger.ts';

interface WorkflowPorts {
  readonly ledger: Ledger;
  readonly startRecovery: StartRecovery;
}

/**
 * Moves a failure to the warm tier and starts its execution.
 *
 * The ledger write comes first. If the function stops before the start, a redelivery finds the `warm` entry and starts
 * it.
 *
 * @param durableAttempts attempts that the Recovery machine gets on top of those already made
 */
export async function escalateToWorkflow(
  entry: LedgerEntry,
  durableAttempts: number,
  { ledger, startRecovery }: WorkflowPorts,
): Promise<LedgerEntry> {
  const attemptLimit = entry.attempts + durableAttempts;
  const escalated = await ledger.escalateToWorkflow(entry, { execution: executionName(entry), attemptLimit });
  if (isInWarmTier(escalated)) await startRecovery(escalated);
  return escalated;
}

export function isInWarmTier({ state, tier }: LedgerEntry): boolean {
  return state === 'open' && tier === 'warm';
}

export type StartRecovery = (entry: LedgerEntry) => Promise<void>;

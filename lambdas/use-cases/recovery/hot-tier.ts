import { BusyError } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { HOT_BUDGET_MS } from '../../contract/limits.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { backoff } from '../../domain/recovery/backoff.ts';
import { type Decision, decide } from '../../domain/recovery/decide.ts';
import { type AttemptPorts, attemptOperation } from './attempt-operation.ts';
import { escalateToWorkflow, isInWarmTier, type StartRecovery } from './escalate-to-workflow.ts';
import { hold, isFallbackDue } from './hold.ts';
import { recordOutcome } from './record-outcome.ts';

export interface HotTierPorts extends AttemptPorts {
  readonly startRecovery: StartRecovery;
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/**
 * Retries an open failure in process for at most `HOT_BUDGET_MS`, then escalates it to the Recovery machine.
 *
 * @returns the entry afterwards: settled, in the warm tier with an execution, or held because the circuit is open
 * @throws BusyError if another attempt is in flight
 */
export async function recoverInProcess(
  entry: LedgerEntry,
  settings: DependencySettings,
  ports: HotTierPorts,
): Promise<LedgerEntry> {
  const escalate = (open: LedgerEntry) => escalateToWorkflow(open, settings.retry.durableAttempts, ports);
  const until = ports.ledger.now + HOT_BUDGET_MS;
  let current = entry;
  while (current.state === 'open' && current.tier === 'hot') {
    const decision = decide(current, ports.ledger.now);
    switch (decision.action) {
      case 'ignore':
        return recordOutcome(current, 'ignored', ports.ledger);
      case 'give-up':
      case 'ask':
      case 'discard':
        return escalate(current);
      case 'wait':
        if (current.held && decision.until > until) return current;
        if (current.inFlight) throw new BusyError('another attempt is in progress');
        if (decision.until > until) return escalate(current);
        await ports.sleep(decision.until - ports.ledger.now);
        break;
      case 'attempt':
      case 'resolve': {
        const { entry: next, isDone } = await attemptOnce(current, settings, ports, until);
        if (isDone) return next;
        current = next;
        break;
      }
      default:
        return decision satisfies never;
    }
  }
  if (isInWarmTier(current)) await ports.startRecovery(current);
  return current;
}

/**
 * Attempts the operation, then waits before the next attempt if one is due. `isDone`: this tier has nothing left to do.
 */
async function attemptOnce(
  entry: LedgerEntry,
  settings: DependencySettings,
  ports: HotTierPorts,
  until: number,
): Promise<{ readonly entry: LedgerEntry; readonly isDone: boolean }> {
  const { ledger, random, sleep } = ports;
  const escalate = async (open: LedgerEntry) => {
    return { entry: await escalateToWorkflow(open, settings.retry.durableAttempts, ports), isDone: true };
  };
  const result = await attemptOperation(entry, settings, ports);
  if (result.kind === 'healed') {
    return { entry: await recordOutcome(result.entry, result.outcome, ledger), isDone: true };
  }
  if (result.kind === 'held') {
    if (isFallbackDue(entry, settings, ledger.now)) return escalate(entry);
    return { entry: await hold(entry, result.hold, ledger), isDone: false };
  }
  const delay = backoff(result.entry.attempts, { ...settings.retry, random });
  if (ledger.now + delay > until) return escalate(result.entry);
  if (willRetry(decide(result.entry, ledger.now))) await sleep(delay);
  return { entry: result.entry, isDone: false };
}

function willRetry({ action }: Decision): boolean {
  return action === 'attempt' || action === 'resolve';
}

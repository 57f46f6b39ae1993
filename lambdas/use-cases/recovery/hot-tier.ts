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
  const { durableAttempts } = settings.retry;
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
        return escalateToWorkflow(current, durableAttempts, ports);
      case 'wait':
        if (current.held && decision.until > until) return current;
        if (current.inFlight) throw new BusyError('another attempt is in progress');
        if (decision.until > until) return escalateToWorkflow(current, durableAttempts, ports);
        await ports.sleep(decision.until - ports.ledger.now);
        break;
      case 'attempt':
      case 'resolve': {
        const result = await attemptOperation(current, settings, ports);
        if (result.kind === 'healed') return recordOutcome(result.entry, result.outcome, ports.ledger);
        if (result.kind === 'held') {
          if (isFallbackDue(current, settings, ports.ledger.now))
            return escalateToWorkflow(current, durableAttempts, ports);
          current = await hold(current, result.hold, ports.ledger);
          break;
        }
        current = result.entry;
        const delay = backoff(current.attempts, { ...settings.retry, random: ports.random });
        if (ports.ledger.now + delay > until) return escalateToWorkflow(current, durableAttempts, ports);
        if (willRetry(decide(current, ports.ledger.now))) await ports.sleep(delay);
        break;
      }
      default:
        return decision satisfies never;
    }
  }
  if (isInWarmTier(current)) await ports.startRecovery(current);
  return current;
}

function willRetry({ action }: Decision): boolean {
  return action === 'attempt' || action === 'resolve';
}

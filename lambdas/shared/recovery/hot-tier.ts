import type { DependencySettings } from '../boundary/settings.ts';
import { BusyError } from '../errors.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { outcomeEvent } from '../ledger/outcome-event.ts';
import { type AttemptTools, attemptOperation } from './attempt-operation.ts';
import { backoff } from './backoff.ts';
import { decide } from './decide.ts';
import { executionName } from './execution-name.ts';
import { HOT_BUDGET_MS } from './hot-budget.ts';
import type { StartRecovery } from './recovery-starter.ts';

export interface HotTierTools extends AttemptTools {
  readonly startRecovery: StartRecovery;
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/**
 * Tries an open failure again in process, and passes it on to the Recovery machine where that does not heal it. Answers the
 * entry as it then stands: settled, or in the warm tier with an execution.
 *
 * @throws BusyError where somebody else is at it
 */
export async function recoverInProcess(
  entry: LedgerEntry,
  settings: DependencySettings,
  tools: HotTierTools,
): Promise<LedgerEntry> {
  const until = tools.ledger.now + HOT_BUDGET_MS;
  let current = entry;
  while (current.state === 'open' && current.tier === 'hot') {
    const decision = decide(current, tools.ledger.now);
    switch (decision.action) {
      case 'ignore':
        return settle(current, 'ignored', tools);
      case 'give-up':
        return handOver(current, settings, tools);
      case 'wait':
        if (current.inFlight) throw new BusyError('another attempt is under way');
        if (decision.until > until) return handOver(current, settings, tools);
        await tools.sleep(decision.until - tools.ledger.now);
        break;
      case 'attempt': {
        const result = await attemptOperation(current, settings, tools);
        if (result.kind === 'healed') return settle(result.entry, 'recovered', tools);
        current = result.entry;
        const delay = backoff(current.attempts, { ...settings.retry, ...(tools.random && { random: tools.random }) });
        if (tools.ledger.now + delay > until) return handOver(current, settings, tools);
        if (decide(current, tools.ledger.now).action === 'attempt') await tools.sleep(delay);
        break;
      }
      default:
        return decision satisfies never;
    }
  }
  if (isInWarmTier(current)) await tools.startRecovery(current);
  return current;
}

function settle(entry: LedgerEntry, outcome: 'recovered' | 'ignored', { ledger }: HotTierTools): Promise<LedgerEntry> {
  const outbox = outcomeEvent(entry, outcome, undefined);
  return ledger.settle(entry, { outcome, ...(outbox && { outbox }) });
}

/** First the ledger, then the machine: an entry that says `warm` without an execution is found and started by a redelivery. */
async function handOver(entry: LedgerEntry, settings: DependencySettings, tools: HotTierTools): Promise<LedgerEntry> {
  const attemptLimit = entry.attempts + settings.retry.durableAttempts;
  const handedOver = await tools.ledger.handOver(entry, { execution: executionName(entry), attemptLimit });
  if (isInWarmTier(handedOver)) await tools.startRecovery(handedOver);
  return handedOver;
}

function isInWarmTier({ state, tier }: LedgerEntry): boolean {
  return state === 'open' && tier === 'warm';
}

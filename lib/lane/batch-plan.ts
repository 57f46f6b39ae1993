import { Duration } from 'aws-cdk-lib';
import { longestLeaseMs } from '../../lambdas/contract/lease.ts';
import { HOT_BUDGET_MS, RESOLVER_MS } from '../../lambdas/contract/limits.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';

/** How many messages a worker gets at once, and the time that it has for them. */
export interface BatchPlan {
  readonly batchSize: number;
  readonly timeout: Duration;
}

type Timed = Pick<DependencySettings, 'timeoutMs' | 'conflict'>;

/** Time per message for everything but the calls, in milliseconds: ledger, effects, secrets, start of an execution. */
const BOOKKEEPING_MS = 3_000;
/** Time for what an invocation does once, in milliseconds. */
const INVOCATION_MS = 5_000;
/** The longest timeout that Lambda allows, in milliseconds. */
const MAX_TIMEOUT_MS = 900_000;

/**
 * Sizes a batch, whose messages the worker processes one after another. Each message before the last takes its slowest
 * call, and the last has the whole lease that the worker wants before it begins a message.
 *
 * A message that the worker has no time for returns, and SQS counts that as a receive. After five, it would be a dead
 * letter without an attempt. So the batch is smaller than wanted where it would not fit.
 *
 * @param wanted messages at once
 */
export function batchPlan(wanted: number, settings: Timed): BatchPlan {
  const each = slowestMs(settings);
  const last = HOT_BUDGET_MS + longestLeaseMs(settings) + BOOKKEEPING_MS;
  const fitting = 1 + Math.max(0, Math.floor((MAX_TIMEOUT_MS - INVOCATION_MS - last) / each));
  const batchSize = Math.min(wanted, fitting);
  const whole = (batchSize - 1) * each + last + INVOCATION_MS;
  return { batchSize, timeout: Duration.seconds(Math.min(Math.ceil(whole / 1_000), MAX_TIMEOUT_MS / 1_000)) };
}

/** Longest time of a message without a fresh credential, in milliseconds. A conflict takes a second call. */
function slowestMs({ timeoutMs, conflict: { strategy } }: Timed): number {
  const resolverMs = strategy === 'function' ? RESOLVER_MS : 0;
  return HOT_BUDGET_MS + (strategy === 'reject' ? timeoutMs : 2 * timeoutMs + resolverMs) + BOOKKEEPING_MS;
}

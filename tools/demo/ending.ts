import type { Message } from '@aws-sdk/client-sqs';
import type { LedgerEntry, Outcome, Tier, TrailStep } from '../../lambdas/contract/ledger-entry.ts';
import { undoneCount } from '../../lambdas/domain/undo/compensation.ts';

/** How an event ended: a settled entry of the ledger, or a message in the rejects queue. */
export interface Ending {
  /** Absent where an event was rejected for want of one. */
  readonly id?: string;
  readonly dependency?: string;
  readonly verdict?: string;
  readonly rule?: string;
  readonly attempts?: number;
  readonly tier?: Tier;
  readonly outcome: Outcome | 'rejected';
  /** Why it is a dead letter, or the code of the rejection. */
  readonly reason?: string;
  /** Kind of the fallback that answered. */
  readonly fallback?: string;
  /** Completed steps that were undone, and all that were to be. */
  readonly undone?: string;
  /** What is wrong with a rejected event, in words, and the field that is. */
  readonly message?: string;
  readonly path?: string;
  /** Epoch milliseconds. */
  readonly endedAt: number;
  readonly receivedAt?: number;
  readonly trail?: readonly TrailStep[];
}

/** @throws Error where the entry is still open */
export function settledEnding(entry: LedgerEntry): Ending {
  const { id, dependency, attempts, tier, outcome, reason, settledAt, receivedAt, trail, verdict, answer, undo } =
    entry;
  if (outcome === undefined || settledAt === undefined) throw new Error(`${id} settled without an outcome`);
  return {
    id,
    dependency,
    verdict: verdict.kind,
    rule: verdict.rule,
    attempts,
    tier,
    outcome,
    ...(reason !== undefined && { reason }),
    ...(answer && { fallback: answer.fallback }),
    ...(undo && { undone: `${undoneCount(entry)} of ${undo.steps.length}` }),
    endedAt: Date.parse(settledAt),
    receivedAt: Date.parse(receivedAt),
    trail,
  };
}

/** What was rejected may be anything: as text, as JSON, or bare with the reason beside it where it is too large to wrap. */
export function rejectedEnding({ Body, MessageAttributes }: Message): Ending {
  const beside = MessageAttributes?.rejected?.StringValue;
  const kept = asObject(beside ?? Body);
  const detail = asObject(asObject(beside === undefined ? kept.event : Body).detail);
  const { code, message, path } = asObject(kept.reason);
  return {
    ...(typeof detail.id === 'string' && { id: detail.id }),
    ...(typeof detail.dependency === 'string' && { dependency: detail.dependency }),
    outcome: 'rejected',
    ...(typeof code === 'string' && { reason: code }),
    ...(typeof message === 'string' && { message }),
    ...(typeof path === 'string' && { path }),
    endedAt: Date.now(),
  };
}

/** An object, given as such or as JSON text; empty where it is neither. */
function asObject(value: unknown): Readonly<Record<string, unknown>> {
  try {
    const parsed = typeof value === 'string' ? JSON.parse(value) : value;
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

import type { Message } from '@aws-sdk/client-sqs';
import type { LedgerEntry, Tier, TrailStep } from '../../lambdas/contract/ledger-entry.ts';
import type { Outcome } from '../../lambdas/contract/outcomes.ts';
import { undoneCount } from '../../lambdas/domain/undo/compensation.ts';

/** The end of an event: a settled entry of the ledger or a message in the rejects queue. */
export interface Ending {
  /** Absent if the event was rejected because it had no id. */
  readonly id?: string;
  readonly dependency?: string;
  readonly verdict?: string;
  readonly rule?: string;
  readonly attempts?: number;
  readonly tier?: Tier;
  readonly outcome: Outcome | 'rejected';
  /** The dead-letter reason or the code of the rejection. */
  readonly reason?: string;
  /** Kind of the fallback that answered. */
  readonly fallback?: string;
  /** Number of undone steps and of all completed steps. */
  readonly undone?: string;
  /** Why the event was rejected, and the field at fault. */
  readonly message?: string;
  readonly path?: string;
  /** Epoch milliseconds. */
  readonly endedAt: number;
  readonly receivedAt?: number;
  readonly trail?: readonly TrailStep[];
}

/** @throws Error if the entry is still open */
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
    reason,
    fallback: answer?.fallback,
    undone: undo && `${undoneCount(entry)} of ${undo.steps.length}`,
    endedAt: Date.parse(settledAt),
    receivedAt: Date.parse(receivedAt),
    trail,
  };
}

/** A rejected message can be anything: text, JSON, or the raw body if it is too large to wrap with the reason. */
export function rejectedEnding({ Body, MessageAttributes }: Message): Ending {
  const beside = MessageAttributes?.rejected?.StringValue;
  const kept = asObject(beside ?? Body);
  const detail = asObject(asObject(beside === undefined ? kept.event : Body).detail);
  const { code, message, path } = asObject(kept.reason);
  return {
    id: asText(detail.id),
    dependency: asText(detail.dependency),
    outcome: 'rejected',
    reason: asText(code),
    message: asText(message),
    path: asText(path),
    endedAt: Date.now(),
  };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Reads an object or its JSON text; empty if it is neither. */
function asObject(value: unknown): Readonly<Record<string, unknown>> {
  try {
    const parsed = typeof value === 'string' ? JSON.parse(value) : value;
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

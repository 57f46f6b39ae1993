import { DAY_MS } from '../../contract/time.ts';
import type { CircuitSnapshot } from '../../domain/circuit/circuit-store.ts';
import { MAX_SIGNATURE_LENGTH } from '../../domain/operator/act.ts';
import { applyEvent, type EventContext } from './apply-event.ts';

/** An operator's decision to force a circuit open or closed. */
export interface ForceDecision {
  readonly to: 'open' | 'closed';
  /** Shown to other operators: 1 to 200 characters. */
  readonly reason: string;
  /** Name of the operator: 1 to 168 characters. */
  readonly by: string;
  /** End of the decision in epoch milliseconds, at most 7 days ahead. */
  readonly until: number;
}

type ForceContext = Pick<EventContext, 'store' | 'watcher' | 'policy'> & {
  /** Epoch milliseconds. */
  readonly now: number;
};

/** The decision is invalid; the message names the field and its range. */
class DecisionError extends Error {
  override readonly name = 'DecisionError';
}

export const MAX_DAYS = 7;
const MAX_REASON_LENGTH = 200;

/**
 * Forces a circuit open or closed for a limited time. All instances follow within a second.
 *
 * @throws DecisionError if the decision is invalid; ContendedError, or what the store throws
 */
export async function forceCircuit(
  key: string,
  decision: ForceDecision,
  context: ForceContext,
): Promise<CircuitSnapshot> {
  const { to, reason, by, until } = decision;
  const { now } = context;
  validateText('reason', reason, MAX_REASON_LENGTH);
  validateText('by', by, MAX_SIGNATURE_LENGTH);
  if (!(until > now && until <= now + MAX_DAYS * DAY_MS)) {
    throw new DecisionError(`until must be in the future, at most ${MAX_DAYS} days ahead, got ${formatTime(until)}`);
  }
  return applyEvent(key, { type: 'forced', now, to, until, reason, by }, context);
}

/** Ends a forced state. A circuit that was forced open probes before it closes. */
export async function releaseCircuit(key: string, context: ForceContext): Promise<CircuitSnapshot> {
  return applyEvent(key, { type: 'released', now: context.now }, context);
}

function validateText(what: string, text: string, maxLength: number): void {
  if (text.trim() !== '' && text.length <= maxLength) return;
  const got = text === '' ? 'none' : text.length > maxLength ? text.length : `'${text}'`;
  throw new DecisionError(`${what} must be 1 to ${maxLength} characters, got ${got}`);
}

function formatTime(epochMs: number): string {
  const time = new Date(epochMs);
  return Number.isNaN(time.getTime()) ? 'no time' : time.toISOString();
}

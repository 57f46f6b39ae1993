import type { CircuitSnapshot } from '../../domain/circuit/circuit-store.ts';
import { applyEvent, type EventContext } from './apply-event.ts';

/** What an operator decides for a circuit. */
export interface Decision {
  readonly to: 'open' | 'closed';
  /** For whoever reads of it: 1 to 200 characters. */
  readonly reason: string;
  /** Who decides: 1 to 64 characters. */
  readonly by: string;
  /** Epoch milliseconds until which it holds, at most 7 days ahead. */
  readonly until: number;
}

export type ForceContext = Pick<EventContext, 'store' | 'watcher' | 'policy'> & {
  /** Epoch milliseconds. */
  readonly now: number;
};

/** A decision that can't be carried out as it is. */
export class DecisionError extends Error {
  override readonly name = 'DecisionError';
}

export const MAX_DAYS = 7;
export const MAX_REASON_LENGTH = 200;
export const MAX_NAME_LENGTH = 64;

/**
 * Opens or closes a circuit whatever its dependency does, for a while. All instances go by it within a second.
 *
 * @throws DecisionError, or what the store throws
 */
export async function forceCircuit(key: string, decision: Decision, context: ForceContext): Promise<CircuitSnapshot> {
  const { to, reason, by, until } = decision;
  const { now } = context;
  mustBeText('reason', reason, MAX_REASON_LENGTH);
  mustBeText('by', by, MAX_NAME_LENGTH);
  if (!(until > now && until <= now + MAX_DAYS * 86_400_000)) {
    throw new DecisionError(
      `until must be later than now, and at most ${MAX_DAYS} days ahead, got ${shownTime(until)}`,
    );
  }
  return applyEvent(key, { type: 'forced', now, to, until, reason, by }, context);
}

/** Lets a circuit that was forced go on by itself: one that was forced open makes probes first. */
export async function releaseCircuit(key: string, context: ForceContext): Promise<CircuitSnapshot> {
  return applyEvent(key, { type: 'released', now: context.now }, context);
}

function mustBeText(what: string, text: string, most: number): void {
  if (text.trim() !== '' && text.length <= most) return;
  const got = text === '' ? 'none' : text.length > most ? text.length : `'${text}'`;
  throw new DecisionError(`${what} must be 1 to ${most} characters, got ${got}`);
}

function shownTime(epochMs: number): string {
  const time = new Date(epochMs);
  return Number.isNaN(time.getTime()) ? 'no time' : time.toISOString();
}

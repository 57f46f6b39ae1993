import type { LedgerEntry, TrailStep } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import { anyOf, type Check, is, isAbsent, isAtMost } from './check.ts';
import { pendingShardOf } from './pending-shard.ts';

/**
 * One step in the life of a failure's entry: a single write, and when it is allowed. It is data, so that DynamoDB and a
 * table in memory execute the same description. The method of the same name of `Ledger` says what it is for.
 */
export interface Transition {
  /** Attributes to set. Undefined ones stay as they are. */
  readonly set?: Partial<LedgerEntry>;
  /** Attributes to remove, or paths such as `question.shown`. */
  readonly remove?: readonly string[];
  /** Steps to append to the trail. */
  readonly trail?: readonly TrailStep[];
  /** All must hold, or nothing is written. */
  readonly condition: readonly Check[];
}

/** Time of a write, and the times that follow from it, in milliseconds. */
export interface WriteTimes {
  /** Epoch milliseconds. */
  readonly now: number;
  /** After this time without a change, the reconciler checks an unfinished entry. */
  readonly reconcileAfterMs: number;
  /** How long an entry is kept after its last change of state. */
  readonly retentionMs: number;
}

type Version = Pick<LedgerEntry, 'cycle'>;

/** The failure is open and still in the cycle of the read. */
export function isOpenInCycle({ cycle }: Version): readonly Check[] {
  return [is('state', 'open'), is('cycle', cycle)];
}

/** The failure is settled and still in the cycle of the read. */
export function isSettledInCycle({ cycle }: Version): readonly Check[] {
  return [is('state', 'settled'), is('cycle', cycle)];
}

/** No call is announced, or its lease has ended. */
export function hasNoCallInFlight(now: number): Check {
  return anyOf(isAbsent('inFlight'), isAtMost('inFlight.until', iso(now)));
}

/** The undo has not begun. */
export const IS_NOT_UNDOING: Check = isAbsent('undo');

/**
 * Attributes by which the reconciler finds an unfinished entry, and humans an open question. Only a transition that
 * opens the entry, or changes its question, may set them: others may have read the entry before its question.
 */
export function pending(entry: Pick<LedgerEntry, 'id' | 'question'>, times: WriteTimes) {
  return { ...listed(entry, times, times.now), expiresAt: expiryOf(times) };
}

/**
 * As {@link pending}, but the entry expires as before.
 *
 * @param from epoch milliseconds
 */
export function listed(entry: Pick<LedgerEntry, 'id' | 'question'>, times: WriteTimes, from: number) {
  return { pendingShard: pendingShardOf(entry), dueAt: dueAfter(from, times) };
}

/**
 * The entry stays in its list, to be checked again.
 *
 * @param from epoch milliseconds. @default now
 */
export function checkedAgain(times: WriteTimes, from = times.now) {
  return { dueAt: dueAfter(from, times), expiresAt: expiryOf(times) };
}

function dueAfter(from: number, { reconcileAfterMs }: WriteTimes): string {
  return iso(from + reconcileAfterMs);
}

/** Time at which an entry expires that changes now, in epoch seconds. */
export function expiryOf({ now, retentionMs }: Pick<WriteTimes, 'now' | 'retentionMs'>): number {
  return Math.ceil((now + retentionMs) / 1_000);
}

export function trailStep(
  now: number,
  step: TrailStep['step'],
  facts: Readonly<Record<string, string | number | undefined>> = {},
): TrailStep {
  return { at: iso(now), step, ...facts };
}

export function isoOrUndefined(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : iso(epochMs);
}

/** Names of the fields that are undefined, for a write that removes them. */
export function undefinedFields(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(fields).filter((name) => fields[name] === undefined);
}

import {
  CircuitOpenError,
  ConflictError,
  DecisionDueError,
  FallbackDueError,
  GaveUpError,
  NotYetError,
  TransientError,
  WaitFirstError,
} from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import type { DeadLetterReason } from '../../contract/reasons.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { DAY_MS, iso } from '../../contract/time.ts';
import { createDeadLetter, type DeadLetter } from '../../domain/ledger/dead-letter.ts';
import { type Decision, deadLetterReason, decide } from '../../domain/recovery/decide.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type AttemptPorts, attemptOperation } from './attempt-operation.ts';
import { hold, isFallbackDue, LAST_TRY_MS } from './hold.ts';
import { findLateSuccess } from './look-up.ts';

type SettingsOf = (dependency: string) => DependencySettings | undefined;

/**
 * Makes one durable attempt. The machine's retries call it again, so it reads the ledger first. Nothing waits here: an
 * error chooses the machine's next state, which waits (`lib/recovery/recovery-machine.ts`).
 *
 * @throws TransientError, NotYetError, CircuitOpenError, ConflictError, DecisionDueError, FallbackDueError or
 * GaveUpError, by which the machine chooses its next state
 * @throws WaitFirstError instead of NotYetError if `waitUntil` has not come, because the machine knows that time
 * @throws BusyError if another attempt is in flight
 */
export async function attemptDurably(
  { waitUntil = 0, ...ref }: FailureRef & { readonly waitUntil?: number | undefined },
  settingsOf: SettingsOf,
  ports: AttemptPorts,
): Promise<{ outcome: Outcome }> {
  try {
    return await continueRecovery(ref, settingsOf, ports, 'attempt');
  } catch (error) {
    const mustWaitFirst = error instanceof NotYetError && waitUntil > ports.ledger.now;
    throw mustWaitFirst ? new WaitFirstError('its time has not come') : error;
  }
}

/** Runs one round of fetch, compare, resubmit. Throws as {@link attemptDurably} does. */
export function resolveDurably(
  ref: FailureRef,
  settingsOf: SettingsOf,
  ports: AttemptPorts,
): Promise<{ outcome: Outcome }> {
  return continueRecovery(ref, settingsOf, ports, 'resolve');
}

async function continueRecovery(
  ref: FailureRef,
  settingsOf: SettingsOf,
  ports: AttemptPorts,
  task: 'attempt' | 'resolve',
): Promise<{ outcome: Outcome }> {
  const entry = await mustGet(ref.key, ports.ledger);
  if (isOver(entry, ref)) return { outcome: entry.outcome ?? 'dead-lettered' };
  const settings = settingsOf(entry.dependency);
  // Only the fallback can find out, from the effects table, whether a change sent to a backup took effect.
  if (entry.backupCalled !== undefined) throw new FallbackDueError('a write was sent to the backup');
  if (!settings) return endUnregistered(entry, ports);
  const before = decide(entry, ports.ledger.now);
  if (before.action === 'ignore') return { outcome: 'ignored' };
  if (before.action === 'discard') return { outcome: 'discarded' };
  if (before.action === 'give-up' && mayHaveSucceeded(entry, before.reason)) {
    const late = await findLateSuccess(entry, settings, ports);
    if (late) return { outcome: late.outcome };
  }
  if (before.action !== task) throw errorFor(before, entry, settings, ports.ledger.now);
  const result = await attemptOperation(entry, settings, ports);
  if (result.kind === 'healed') return { outcome: result.outcome };
  const current = result.kind === 'held' ? await hold(entry, result.hold, ports.ledger) : result.entry;
  const after = decide(current, ports.ledger.now);
  if (after.action === 'ignore') return { outcome: 'ignored' };
  if (after.action === 'discard') return { outcome: 'discarded' };
  // The fetch failed, so the machine retries it like any call rather than as a conflict.
  const isUnread = task === 'resolve' && after.action === 'resolve' && current.verdict.kind !== 'conflict';
  throw errorFor(isUnread ? { action: 'attempt' } : after, current, settings, ports.ledger.now);
}

/** Gives up a failure whose dependency is removed, unless a call from before has succeeded. */
async function endUnregistered(entry: LedgerEntry, ports: AttemptPorts): Promise<{ outcome: Outcome }> {
  const until = entry.inFlight ? Date.parse(entry.inFlight.until) : 0;
  if (until > ports.ledger.now) throw new NotYetError(until);
  const late = await findLateSuccess(entry, undefined, ports);
  if (late) return { outcome: late.outcome };
  throw new GaveUpError('unregistered');
}

/** Whether a process may have stored a success late, so that a look is due before Backstop gives up. */
function mayHaveSucceeded({ possibleEffect, undo }: LedgerEntry, reason: DeadLetterReason): boolean {
  return reason === 'unknown-result' || (possibleEffect === true && undo === undefined);
}

/**
 * Checks of one execution in as long as the failure has been in the machine. Each costs 12 events of the execution's
 * history, which has room for 25,000. So waits of a failure grow with its age, whatever circuit, budget or clock say.
 */
const CHECKS_PER_AGE = 180;

/**
 * Delays a check that would come too soon after the last one: by a 180th of the time since the failure came to the
 * machine. Does not pass the last attempt before the deadline.
 *
 * @param until epoch milliseconds
 * @returns epoch milliseconds
 */
export function spaced(
  until: number,
  { trail, receivedAt }: Pick<LedgerEntry, 'trail' | 'receivedAt'>,
  deadline: string,
  now: number,
): number {
  const since = Date.parse(trail.findLast(({ step }) => step === 'handed-over')?.at ?? receivedAt);
  const age = Math.max(0, Math.min(now - since, DAY_MS));
  const latest = Math.max(until, Date.parse(deadline) - LAST_TRY_MS);
  return Math.min(Math.max(until, now + age / CHECKS_PER_AGE), latest);
}

/**
 * Adds random jitter of up to a tenth of the wait, at least 1 s, so that waiting failures do not return at once. The
 * result does not pass the last attempt before the deadline.
 *
 * @param until epoch milliseconds
 * @param random 0 (inclusive) to 1 (exclusive)
 * @returns epoch milliseconds
 */
export function addJitter(
  until: number,
  { deadline }: Pick<LedgerEntry, 'deadline'>,
  now: number,
  random: () => number,
): number {
  const latest = Math.max(until, Date.parse(deadline) - LAST_TRY_MS);
  return Math.min(until + random() * Math.max(1_000, (until - now) / 10), latest);
}

export interface StatusOptions {
  readonly runbookUrl: string;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** Whether the config has the dependency. */
  readonly isRegistered: (dependency: string) => boolean;
}

export interface FailureStatus {
  readonly waitUntil: string;
  readonly letter: DeadLetter;
}

/** Tells the machine until when to wait, and gives the dead letter to keep if it gives up instead. */
export async function failureStatus(ref: FailureRef, ledger: Ledger, options: StatusOptions): Promise<FailureStatus> {
  return statusOf(await mustGet(ref.key, ledger), ledger.now, options);
}

export function statusOf(
  entry: LedgerEntry,
  now: number,
  { runbookUrl, random, isRegistered }: StatusOptions,
): FailureStatus {
  const decision = decide(entry, now);
  const waitUntil = waitOf(decision, entry, now, random);
  const reason = deadLetterReason(entry, { now, isRegistered: isRegistered(entry.dependency) });
  return { waitUntil: iso(waitUntil), letter: createDeadLetter(entry, { reason, now, runbookUrl }) };
}

/** A wait that has ended since the machine asked for it counts as a check, too. */
function waitOf(decision: Decision, entry: LedgerEntry, now: number, random: () => number): number {
  if (decision.action === 'wait')
    return spaced(addJitter(decision.until, entry, now, random), entry, entry.deadline, now);
  return decision.action === 'attempt' ? spaced(now, entry, entry.deadline, now) : now;
}

function errorFor(
  decision: Exclude<Decision, { action: 'ignore' | 'discard' }>,
  entry: LedgerEntry,
  settings: DependencySettings,
  now: number,
): Error {
  if (isFallbackDue(entry, settings, now, decision)) return new FallbackDueError('the fallback must answer');
  switch (decision.action) {
    case 'attempt':
      return new TransientError('the attempt failed and may be retried');
    case 'resolve':
      return new ConflictError('the write lost a race');
    case 'ask':
      return new DecisionDueError('a human must decide');
    case 'wait':
      return entry.held === 'circuit' ? new CircuitOpenError(decision.until) : new NotYetError(decision.until);
    case 'give-up':
      return new GaveUpError(decision.reason);
    default:
      return decision satisfies never;
  }
}

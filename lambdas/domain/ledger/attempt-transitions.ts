import type { ConflictRecord } from '../../contract/conflict-record.ts';
import type { Failure } from '../../contract/failure.ts';
import type { AwaitedExecution, LedgerEntry, TrailStep } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import { resumedAt } from '../boundary/checkpoint.ts';
import { type Check, is, isAbsent, isStill } from './check.ts';
import { firstEffectAt } from './first-effect.ts';
import type { CallFailure, CallLease, Hold, NewQuestion } from './ledger-changes.ts';
import {
  checkedAgain,
  hasNoCallInFlight,
  IS_NOT_UNDOING,
  isOpenInCycle,
  isoOrUndefined,
  pending,
  type Transition,
  trailStep,
  undefinedFields,
  type WriteTimes,
} from './transition.ts';

/**
 * Most trail steps up to which probes are added. A probe costs no attempt, so nothing else bounds their number in a
 * long outage, and DynamoDB limits an item to 400 KB.
 */
const MAX_TRAIL_WITH_PROBES = 100;

export function beginAttempt(entry: LedgerEntry, lease: CallLease, { now }: WriteTimes): Transition {
  const followsEffect = entry.inFlight !== undefined && !lease.followsNoEffect;
  return {
    set: {
      attempts: entry.attempts + 1,
      inFlight: announcement(entry, lease),
      ...(followsEffect && possibleEffect(entry, now)),
    },
    remove: ['held', 'paidFrom'],
    trail: entry.inFlight ? [trailStep(now, 'attempt-interrupted')] : [],
    condition: [
      ...isOpenInCycle(entry),
      is('attempts', entry.attempts),
      // Only the last token detects a stale reader: a failed probe returns its attempt, so the count may be the same.
      isStill('lastToken', entry.lastToken),
      isAbsent('backupCalled'),
      IS_NOT_UNDOING,
      hasNoCallInFlight(now),
    ],
  };
}

/** Records how a call failed, and lists the question that it leads to. */
export function recordFailedAttempt(entry: LedgerEntry, failure: CallFailure, times: WriteTimes): Transition {
  const { verdict, excerpt, uncertain, notBefore, conflict, isProbe, checkpoint, step, asked } = failure;
  const listed = asked && askedFields(entry, asked, times);
  return endAttempt(entry, {
    set: {
      failure: resumedFailure(entry, checkpoint),
      verdict,
      excerpt,
      attempts: isProbe ? entry.attempts - 1 : entry.attempts,
      uncertain,
      ...(verdict.effect === 'unknown' ? possibleEffect(entry, times.now) : { possibleEffect: entry.possibleEffect }),
      notBefore: isoOrUndefined(notBefore),
      conflict,
      awaited: noLongerAwaited(entry.awaited),
      ...listed,
    },
    remove: undefinedFields({ notBefore, uncertain }),
    trail: isProbe && entry.trail.length >= MAX_TRAIL_WITH_PROBES ? [] : [step],
  });
}

/** What the entry says from the first call on that may have had an effect. */
function possibleEffect(entry: LedgerEntry, now: number): Pick<LedgerEntry, 'possibleEffect' | 'possibleEffectAt'> {
  return { possibleEffect: true, possibleEffectAt: iso(Math.min(firstEffectAt(entry) ?? now, now)) };
}

/** The failure, if its operation continues elsewhere from now on. So a redrive or an edit continues there, too. */
function resumedFailure({ failure }: LedgerEntry, checkpoint: string | undefined): Failure | undefined {
  const isElsewhere = checkpoint !== undefined && checkpoint !== failure?.operation.checkpoint;
  return failure && isElsewhere ? { ...failure, operation: resumedAt(failure.operation, checkpoint) } : undefined;
}

/** The announcement of a call. Keeps the one that it replaces, but not what that one has replaced. */
export function announcement(
  { inFlight }: Pick<LedgerEntry, 'inFlight'>,
  { token, until, repeatable }: CallLease,
): NonNullable<LedgerEntry['inFlight']> {
  if (!inFlight) return { token, until: iso(until), repeatable };
  const { replaced: _, ...replaced } = inFlight;
  return { token, until: iso(until), repeatable, replaced };
}

/**
 * Withdraws the announcement of a call that was not made. Puts back the one that it replaced, because only that one
 * tells that a call was cut off.
 */
export function withdrawAttempt(entry: LedgerEntry): Transition {
  const ended = suspendAttempt(entry);
  const replaced = entry.inFlight?.replaced;
  return replaced ? { ...ended, set: { ...ended.set, inFlight: replaced }, remove: [] } : ended;
}

/** Ends an attempt that found an execution still running. It costs no attempt, and leaves no earlier call open. */
export function suspendAttempt(entry: LedgerEntry): Transition {
  return endAttempt(entry, { set: { attempts: entry.attempts - 1 } });
}

export function recordResolution(entry: LedgerEntry, conflict: ConflictRecord, { now }: WriteTimes): Transition {
  const { rounds, end, winner, version, fields = [] } = conflict;
  return {
    set: { conflict },
    trail: [trailStep(now, 'conflict-compared', { rounds, end, winner, version, fields: fields.join(' ') })],
    condition: [...isOpenInCycle(entry), ...isSameCall(entry), isAbsent('conflict.winner')],
  };
}

/** Records that no call is made before `until`. A hold costs no attempt. */
export function hold(entry: LedgerEntry, held: Hold, times: WriteTimes): Transition {
  const { until, because, paidFrom, awaited } = held;
  return {
    set: {
      held: because,
      notBefore: iso(until),
      paidFrom: isoOrUndefined(paidFrom),
      awaited,
      ...checkedAgain(times, until),
    },
    trail: holdSteps(entry, held, times.now),
    condition: [...isOpenInCycle(entry), hasNoCallInFlight(times.now)],
  };
}

/** Ends the wait for an execution, so that the next call redrives it if it has failed. */
export function noLongerAwaited(awaited: AwaitedExecution | undefined): AwaitedExecution | undefined {
  return awaited && { ...awaited, hasFailed: true };
}

/** The call of the read is still announced. If none was, none has been since. */
function isSameCall({ inFlight, lastToken }: LedgerEntry): readonly Check[] {
  return inFlight ? [is('inFlight.token', inFlight.token)] : [isAbsent('inFlight'), isStill('lastToken', lastToken)];
}

function endAttempt(entry: LedgerEntry, change: Omit<Transition, 'condition'>): Transition {
  return {
    ...change,
    set: { ...change.set, lastToken: entry.inFlight?.token },
    remove: ['inFlight', ...(change.remove ?? [])],
    condition: [...isOpenInCycle(entry), ...isSameCall(entry)],
  };
}

/** Lists the question from now on. The reconciler checks the entry until the machine waits for the answer. */
function askedFields({ id }: LedgerEntry, { question, attemptLimit, deadline }: NewQuestion, times: WriteTimes) {
  return { question, attemptLimit, deadline: iso(deadline), ...pending({ id, question }, times) };
}

/** Trail of a hold: the first of consecutive holds only, and each execution that is awaited. */
function holdSteps(entry: LedgerEntry, { until, because, awaited }: Hold, now: number): readonly TrailStep[] {
  if (awaited) {
    const { execution, redrives } = awaited;
    return isSameRun(awaited, entry.awaited) ? [] : [trailStep(now, 'awaited', { execution, redrives })];
  }
  return entry.trail.at(-1)?.step === 'held' ? [] : [trailStep(now, 'held', { because, until: iso(until) })];
}

/** Whether both are the same run of an execution, and the earlier wait for it has not failed. */
function isSameRun({ execution, redrives }: AwaitedExecution, before: AwaitedExecution | undefined): boolean {
  return before?.execution === execution && before.redrives === redrives && !before.hasFailed;
}

import type { AwaitedExecution, LedgerEntry, TrailStep } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import type { CallFailure, Hold, Reopening } from '../../domain/ledger/ledger-changes.ts';
import type { Change } from './update-expression.ts';

/** An update of an entry, without its condition. */
type Update = Pick<Change, 'set' | 'remove' | 'append'>;

/** Most trail steps kept from earlier cycles. Bounds the item below 400 KB, however often it is redriven. */
const MAX_KEPT_STEPS = 40;
/**
 * Most trail steps up to which probes are added. A probe costs no attempt, so nothing else bounds their number in a
 * long outage, and DynamoDB limits an item to 400 KB.
 */
const MAX_TRAIL_WITH_PROBES = 100;
/** Attributes of a cycle that a redrive removes. */
const CYCLE_ATTRIBUTES = ['outcome', 'reason', 'settledAt', 'execution', 'notBefore', 'held', 'paidFrom', 'question'];

/** Update that records a failed call. */
export function failedAttemptUpdate(entry: LedgerEntry, lesson: CallFailure): Update {
  const { verdict, uncertain, notBefore, conflict, isProbe, step } = lesson;
  return {
    set: {
      verdict,
      attempts: isProbe ? entry.attempts - 1 : entry.attempts,
      uncertain,
      possibleEffect: verdict.effect === 'unknown' || entry.possibleEffect,
      notBefore: isoOrUndefined(notBefore),
      conflict,
      awaited: noLongerAwaited(entry.awaited),
    },
    append: isProbe && entry.trail.length >= MAX_TRAIL_WITH_PROBES ? {} : { trail: [step] },
    remove: undefinedFields({ notBefore, uncertain }),
  };
}

/** Trail of a hold: the first of consecutive holds only, and each execution that is awaited. */
export function holdSteps(entry: LedgerEntry, { until, because, awaited }: Hold, now: number): Change['append'] {
  const at = iso(now);
  if (awaited) {
    const { execution, redrives } = awaited;
    return isSameRun(awaited, entry.awaited) ? {} : { trail: [{ at, step: 'awaited', execution, redrives }] };
  }
  return entry.trail.at(-1)?.step === 'held' ? {} : { trail: [{ at, step: 'held', because, until: iso(until) }] };
}

/** Update that reopens a dead-lettered failure. */
export function reopenUpdate(entry: LedgerEntry, reopening: Reopening, redriven: TrailStep): Update {
  const { verdict, attemptLimit, deadline, fallbackAt, deadLetterQueueUrl, conflict } = reopening;
  return {
    set: {
      trail: [...entry.trail.slice(-MAX_KEPT_STEPS), redriven],
      deadLetterQueueUrl,
      state: 'open',
      cycle: entry.cycle + 1,
      tier: 'hot',
      attempts: 0,
      rescues: 0,
      verdict,
      attemptLimit,
      deadline: iso(deadline),
      fallbackAt: isoOrUndefined(fallbackAt),
      conflict,
      awaited: noLongerAwaited(entry.awaited),
      // The result of the awaited execution is unknown.
      possibleEffect: (entry.awaited && !entry.awaited.hasFailed) || entry.possibleEffect,
    },
    remove: [...CYCLE_ATTRIBUTES, ...undefinedFields({ fallbackAt, conflict })],
  };
}

/** Attributes with payload. They are removed once the failure has ended well, because nothing needs them any more. */
export function payloadAttributes({ question }: LedgerEntry): readonly string[] {
  return [
    'failure',
    'edits',
    'inFlight',
    ...(question ? ['question.shown'] : []),
    ...(question?.answer?.body === undefined ? [] : ['question.answer.body']),
  ];
}

/** Whether both are the same run of an execution, and the earlier wait for it has not failed. */
function isSameRun({ execution, redrives }: AwaitedExecution, before: AwaitedExecution | undefined): boolean {
  return before?.execution === execution && before.redrives === redrives && !before.hasFailed;
}

/** Ends the wait for an execution, so that the next call redrives it if it has failed. */
function noLongerAwaited(awaited: AwaitedExecution | undefined): AwaitedExecution | undefined {
  return awaited && { ...awaited, hasFailed: true };
}

function undefinedFields(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(fields).filter((name) => fields[name] === undefined);
}

function isoOrUndefined(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : iso(epochMs);
}

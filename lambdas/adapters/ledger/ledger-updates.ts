import type { Awaited, LedgerEntry, TrailStep } from '../../contract/ledger-entry.ts';
import type { Lesson, Reopening } from '../../domain/ledger/ledger-changes.ts';
import type { Change } from './update-expression.ts';

/** What an update of an entry changes, but for its condition. */
type Update = Pick<Change, 'set' | 'remove' | 'append'>;

/** Steps of earlier cycles that the trail keeps, so that an item can be redriven for ever and never outgrows its 400 KB. */
const MAX_KEPT_STEPS = 40;
/**
 * A trail of so many steps tells of no further probe: a probe costs no attempt, so that nothing else bounds how many a failure
 * makes in an outage of hours, and its item holds 400 KB.
 */
const MAX_TRAIL_WITH_PROBES = 100;
/** What a cycle leaves behind that means nothing in the next. */
const CYCLE_ATTRIBUTES = ['outcome', 'reason', 'settledAt', 'execution', 'notBefore', 'held', 'paidFrom', 'question'];

/** What a call that failed leaves in the entry. */
export function failedAttemptUpdate(entry: LedgerEntry, lesson: Lesson): Update {
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

/** What makes a dead-lettered failure one that is tried again. */
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
      // Nobody has seen how it ended.
      possibleEffect: (entry.awaited && !entry.awaited.hasFailed) || entry.possibleEffect,
    },
    remove: [...CYCLE_ATTRIBUTES, ...undefinedFields({ fallbackAt, conflict })],
  };
}

/** What is not needed any more once a failure has ended well, and so is not kept: all that holds payload. */
export function payloadAttributes({ question }: LedgerEntry): readonly string[] {
  return [
    'failure',
    'edits',
    'inFlight',
    ...(question ? ['question.shown'] : []),
    ...(question?.answer?.body === undefined ? [] : ['question.answer.body']),
  ];
}

/** Whether what is waited for is what was waited for before. */
export function isSameRun({ execution, redrives }: Awaited, before: Awaited | undefined): boolean {
  return before?.execution === execution && before.redrives === redrives && !before.hasFailed;
}

/** Nobody waits for it any more: the next call redrives it where it has failed. */
function noLongerAwaited(awaited: Awaited | undefined): Awaited | undefined {
  return awaited && { ...awaited, hasFailed: true };
}

function undefinedFields(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(fields).filter((name) => fields[name] === undefined);
}

function isoOrUndefined(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : iso(epochMs);
}

export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

import type { AwaitedExecution, LedgerEntry, TrailStep } from '../../contract/ledger-entry.ts';
import type { CallFailure, Reopening } from '../../domain/ledger/ledger-changes.ts';
import type { Change } from './update-expression.ts';

/** What an update of an entry changes, but for its condition. */
type Update = Pick<Change, 'set' | 'remove' | 'append'>;

/** Steps of earlier cycles that the trail keeps, so that an item can be redriven for ever and never outgrows its 400 KB. */
const KEPT_STEPS = 40;
/**
 * A trail of so many steps tells of no further probe: a probe costs no attempt, so that nothing else bounds how many a failure
 * makes in an outage of hours, and its item holds 400 KB.
 */
const PROBES_TOLD = 100;
/** What a cycle leaves behind that means nothing in the next. */
const LEFT_BEHIND = ['outcome', 'reason', 'settledAt', 'execution', 'notBefore', 'held', 'paidFrom', 'question'];

/** What a call that failed leaves in the entry. */
export function learned(entry: LedgerEntry, lesson: CallFailure): Update {
  const { verdict, uncertain, notBefore, conflict, isProbe, step } = lesson;
  return {
    set: {
      verdict,
      attempts: isProbe ? entry.attempts - 1 : entry.attempts,
      uncertain,
      possibleEffect: verdict.effect === 'unknown' || entry.possibleEffect,
      notBefore: isoOrNothing(notBefore),
      conflict,
      awaited: over(entry.awaited),
    },
    append: isProbe && entry.trail.length >= PROBES_TOLD ? {} : { trail: [step] },
    remove: missing({ notBefore, uncertain }),
  };
}

/** What makes a dead-lettered failure one that is tried again. */
export function reopened(entry: LedgerEntry, reopening: Reopening, redriven: TrailStep): Update {
  const { verdict, attemptLimit, deadline, fallbackAt, deadLetterQueueUrl, conflict } = reopening;
  return {
    set: {
      trail: [...entry.trail.slice(-KEPT_STEPS), redriven],
      deadLetterQueueUrl,
      state: 'open',
      cycle: entry.cycle + 1,
      tier: 'hot',
      attempts: 0,
      rescues: 0,
      verdict,
      attemptLimit,
      deadline: iso(deadline),
      fallbackAt: isoOrNothing(fallbackAt),
      conflict,
      awaited: over(entry.awaited),
      // Nobody has seen how it ended.
      possibleEffect: (entry.awaited && !entry.awaited.hasFailed) || entry.possibleEffect,
    },
    remove: [...LEFT_BEHIND, ...missing({ fallbackAt, conflict })],
  };
}

/** What is not needed any more once a failure has ended well, and so is not kept: all that holds payload. */
export function needless({ question }: LedgerEntry): readonly string[] {
  return [
    'failure',
    'edits',
    'inFlight',
    ...(question ? ['question.shown'] : []),
    ...(question?.answer?.body === undefined ? [] : ['question.answer.body']),
  ];
}

/** Whether what is waited for is what was waited for before. */
export function isSameRun({ execution, redrives }: AwaitedExecution, before: AwaitedExecution | undefined): boolean {
  return before?.execution === execution && before.redrives === redrives && !before.hasFailed;
}

/** Nobody waits for it any more: the next call redrives it where it has failed. */
function over(awaited: AwaitedExecution | undefined): AwaitedExecution | undefined {
  return awaited && { ...awaited, hasFailed: true };
}

function missing(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(fields).filter((name) => fields[name] === undefined);
}

function isoOrNothing(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : iso(epochMs);
}

export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

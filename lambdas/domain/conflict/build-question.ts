import type { ConflictRecord, Question } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { NewQuestion } from '../ledger/ledger-changes.ts';
import { questionNumber } from './conflict-mode.ts';
import type { Round } from './round.ts';

/** How long humans have, and how long a failure is tried at once they have decided; in milliseconds. */
export interface DecisionTimes {
  readonly decisionMs: number;
  readonly deadlineMs: number;
}

/** The question that a round has come to, and what changes with it. */
export function buildQuestion(
  { because, shown, state, version, fields }: Extract<Round, { kind: 'undecided' }>,
  entry: LedgerEntry,
  { now, durableAttempts, ...times }: DecisionTimes & { readonly now: number; readonly durableAttempts: number },
): NewQuestion & { readonly conflict: ConflictRecord } {
  const until = now + times.decisionMs;
  const iso = (at: number) => new Date(at).toISOString();
  const question: Question = {
    id: `${entry.cycle}.${questionNumber(entry.question)}`,
    because,
    askedAt: iso(now),
    until: iso(until),
    ...(version !== undefined && { version }),
    state,
    shown: JSON.stringify(shown),
  };
  return {
    question,
    conflict: {
      rounds: 0,
      refused: entry.conflict?.refused ?? [],
      end: because,
      fields,
      ...(version !== undefined && { version }),
    },
    attemptLimit: entry.attempts + durableAttempts,
    // Whatever is decided has as much time as a new failure.
    deadline: until + times.deadlineMs,
  };
}

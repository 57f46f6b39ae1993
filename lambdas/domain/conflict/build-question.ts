import type { ConflictRecord, Question } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import { shownPath } from '../disclosure/shown-path.ts';
import type { NewQuestion } from '../ledger/ledger-changes.ts';
import { questionNumber } from './conflict-mode.ts';
import type { RoundResult } from './round-result.ts';

/** Time for a human to decide, and time for retries after the decision, both in milliseconds. */
export interface DecisionTimes {
  readonly decisionMs: number;
  readonly deadlineMs: number;
}

/** Builds the question for a human after a round, with the changes to the ledger entry. */
export function buildQuestion(
  { because, shown, state, version, fields }: Extract<RoundResult, { kind: 'undecided' }>,
  entry: LedgerEntry,
  { now, durableAttempts, ...times }: DecisionTimes & { readonly now: number; readonly durableAttempts: number },
): NewQuestion & { readonly conflict: ConflictRecord } {
  const until = now + times.decisionMs;
  const question: Question = {
    id: `${entry.cycle}.${questionNumber(entry.question)}`,
    because,
    askedAt: iso(now),
    until: iso(until),
    version,
    state,
    shown: JSON.stringify(shown),
    ...aboutOf(entry),
  };
  return {
    question,
    conflict: {
      rounds: 0,
      refused: entry.conflict?.refused ?? [],
      end: because,
      fields,
      version,
    },
    attemptLimit: entry.attempts + durableAttempts,
    // The decision gets as much time for retries as a new failure.
    deadline: until + times.deadlineMs,
  };
}

function aboutOf({ failure }: Pick<LedgerEntry, 'failure'>): Pick<Question, 'about'> {
  if (!failure) return {};
  const { method, path, base } = failure.operation;
  return { about: { method, path: shownPath(path), hasBase: base !== undefined } };
}

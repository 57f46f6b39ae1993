import type { ConflictRecord, UnresolvableReason } from '../../contract/conflict-record.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { MAX_QUESTIONS, MAX_ROUNDS } from '../../contract/limits.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { ReportedError, Verdict } from '../../contract/verdict.ts';
import type { CallResult } from '../boundary/call-result.ts';
import { classify } from '../classification/classify.ts';
import { asked, type DecisionTimes } from '../conflict/ask.ts';
import { conflictAfter, keepsTheirs, questionNumber } from '../conflict/conflict-mode.ts';
import type { Round } from '../conflict/round.ts';
import { readWrite } from '../conflict/write.ts';
import type { Lesson } from '../ledger/ledger-changes.ts';
import { type Known, repeatableAfterAttempt, repeatableAfterRound } from './repeatable.ts';

/** What a call that failed teaches, but for the line that tells of it. */
export type Learned = Omit<Lesson, 'step'>;

/** What the answer of the dependency says. */
export function learn(error: ReportedError, begun: LedgerEntry, settings: DependencySettings, now: number): Learned {
  const verdict = classify(error, { rules: settings.rules, refreshable: false, attempts: begun.attempts, now });
  const unsafe = verdict.effect === 'unknown' && !isRepeatable(begun, settings);
  const conflict = conflictAfter(verdict, begun, settings);
  return {
    verdict,
    ...(unsafe ? { uncertain: 'attempt' } : {}),
    ...(conflict && { conflict }),
    ...(verdict.retryAfterMs === undefined ? {} : { notBefore: now + verdict.retryAfterMs }),
  };
}

/** As {@link learn}, of a call or of a round: where only the state was asked for, nothing can have been changed. */
export function learnFrom(
  result: Extract<CallResult | Round, { kind: 'failed' }>,
  begun: LedgerEntry,
  settings: DependencySettings,
  now: number,
): Learned {
  const learned = learn(result.error, begun, settings, now);
  if (!begun.conflict) return mayBeMadeTwice(learned, begun) ? { ...learned, uncertain: 'attempt' } : learned;
  const { sent, fields } = 'sent' in result ? result : {};
  const conflict = conflictAfter(learned.verdict, begun, settings, sent);
  const compared = { ...(fields && { fields }), ...(sent && { version: sent }) };
  const { uncertain, verdict, ...others } = learned;
  return {
    ...others,
    ...(conflict && { conflict: { ...conflict, ...compared } }),
    ...(sent === undefined
      ? { verdict: { ...verdict, effect: 'none' } }
      : { verdict, ...(uncertain && { uncertain }) }),
  };
}

/**
 * Whether a write has lost a race against itself, maybe: an earlier call of it may have taken effect. Comparing shows that, but for a
 * JSON Patch without a base, which could append to what it has appended to.
 */
function mayBeMadeTwice({ conflict }: Learned, begun: LedgerEntry): boolean {
  if (!conflict || conflict.end !== undefined || begun.possibleEffect !== true) return false;
  const operation = operationOf(begun);
  return operation.base === undefined && readWrite(operation)?.kind === 'json-patch';
}

/** A call that was cut off counts like one that timed out. */
export function cutOff(begun: LedgerEntry, settings: DependencySettings): Learned {
  const unsafe = !isRepeatable(begun, settings);
  return {
    verdict: { ...begun.verdict, rule: 'interrupted', effect: 'unknown' },
    ...(unsafe ? { uncertain: 'attempt' as const } : {}),
  };
}

/** The team's own function has failed: that passes, and is no fault of the dependency's. */
export function withoutAdvice(): Learned {
  return { verdict: { kind: 'transient', ...OUR_OWN, rule: 'resolver-failed' } };
}

/** The states were compared, and nothing more can be done. */
export function unresolvable(
  begun: LedgerEntry,
  end: UnresolvableReason,
  { fields, version }: Pick<ConflictRecord, 'fields' | 'version'> = {},
): Learned {
  const { rounds = 0, refused = [] } = begun.conflict ?? {};
  const compared = { ...(fields && { fields }), ...(version !== undefined && { version }) };
  return { verdict: conflictOf(begun), conflict: { rounds, refused, end, ...compared } };
}

/** The states were compared, and a human must decide. */
export function undecided(
  begun: LedgerEntry,
  round: Extract<Round, { kind: 'undecided' }>,
  times: DecisionTimes & { readonly now: number; readonly durableAttempts: number },
): Learned {
  // Whoever decides may always be too late; then it is as if nobody had.
  if (questionNumber(begun.question) > MAX_QUESTIONS) return unresolvable(begun, 'contended', round);
  const { rounds = 0, refused = [] } = begun.conflict ?? {};
  // What was read may be the copy of a replica that is behind: another look costs less than a human.
  if (round.because === 'same-version' && rounds + 1 < MAX_ROUNDS) {
    return { verdict: conflictOf(begun), conflict: { rounds: rounds + 1, refused } };
  }
  const { conflict, ...question } = asked(round, begun, times);
  return { verdict: conflictOf(begun), conflict, asked: question };
}

const OUR_OWN = { category: 'data-integrity', effect: 'none' } as const;

/** The verdict that has led to the comparison, or one that says as much. */
function conflictOf({ verdict }: LedgerEntry): Verdict {
  return verdict.kind === 'conflict' ? verdict : { kind: 'conflict', ...OUR_OWN, rule: 'compared' };
}

/** Whether the call at hand, its result unknown, may be made again. */
export function isRepeatable(entry: LedgerEntry, settings: Known): boolean {
  // Where a human has kept theirs, no call was made.
  if (keepsTheirs(entry)) return true;
  const operation = operationOf(entry);
  return entry.conflict ? repeatableAfterRound(operation) : repeatableAfterAttempt(operation, settings);
}

export function operationOf(entry: LedgerEntry): HttpOperation {
  if (!entry.failure) throw new Error('the operation is no longer kept');
  return entry.failure.operation;
}

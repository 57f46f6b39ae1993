import type { ConflictRecord, UnresolvableReason } from '../../contract/conflict-record.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { MAX_CONFLICT_ROUNDS, MAX_QUESTIONS } from '../../contract/limits.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Effect, Verdict } from '../../contract/verdict.ts';
import type { CallResult } from '../boundary/call-result.ts';
import { classify } from '../classification/classify.ts';
import { buildQuestion, type DecisionTimes } from '../conflict/build-question.ts';
import { keepsTheirs, nextConflictRecord, questionNumber } from '../conflict/conflict-mode.ts';
import type { RoundResult } from '../conflict/round-result.ts';
import { readWrite } from '../conflict/write.ts';
import { errorExcerpt } from '../excerpt/error-excerpt.ts';
import { firstEffectAt } from '../ledger/first-effect.ts';
import type { CallFailure } from '../ledger/ledger-changes.ts';
import { type RepeatabilitySettings, repeatableAfterAttempt, repeatableAfterRound } from './repeatable.ts';
import { isDoneBefore, isUnderWay, mayBeOwnConflict, underWay } from './repetition.ts';

/** Facts about a failed call, without its trail step. */
export type CallFailureFacts = Omit<CallFailure, 'step'>;

type FailedCall = Extract<CallResult | RoundResult, { kind: 'failed' }>;

/** Classifies an error that the dependency answered with. */
function analyzeError(
  { error, excerpt, checkpoint }: FailedCall,
  begun: LedgerEntry,
  settings: DependencySettings,
  now: number,
): CallFailureFacts {
  const { verdict, conflict, isOwn } = judged(error, begun, settings, now);
  const unsafe = verdict.effect === 'unknown' && (isOwn || !isRepeatable(begun, settings, now));
  return {
    verdict,
    excerpt: excerpt ?? errorExcerpt(error, settings.excerpt),
    uncertain: unsafe ? 'attempt' : undefined,
    conflict,
    notBefore: verdict.retryAfterMs === undefined ? undefined : now + verdict.retryAfterMs,
    checkpoint,
  };
}

interface Judged extends Pick<CallFailureFacts, 'verdict' | 'conflict'> {
  /** The conflict may be with an earlier call of the same failure. */
  readonly isOwn?: true;
}

/** Judges an answer. After a call with an unknown result, a conflict that nothing compares may be with that one. */
function judged(error: FailedCall['error'], begun: LedgerEntry, settings: DependencySettings, now: number): Judged {
  const verdict = verdictOf(error, begun, settings, now);
  const conflict = nextConflictRecord(verdict, begun, settings);
  if (begun.possibleEffect !== true || conflict?.end === undefined || begun.conflict) return { verdict, conflict };
  const repetition = { operation: operationOf(begun), settings, verdict };
  if (isUnderWay(repetition)) return { verdict: underWay(verdict) };
  if (!mayBeOwnConflict(repetition)) return { verdict, conflict };
  return { verdict: { ...verdict, effect: 'unknown', rule: 'repetition-conflict' }, isOwn: true };
}

/** Whether an earlier call with an unknown result has done what this one should do. */
export function isDoneByEarlierCall(
  { error }: FailedCall,
  begun: LedgerEntry,
  settings: DependencySettings,
  now: number,
): boolean {
  if (begun.possibleEffect !== true || begun.conflict) return false;
  return isDoneBefore({ operation: operationOf(begun), verdict: verdictOf(error, begun, settings, now) });
}

function verdictOf(
  error: FailedCall['error'],
  { attempts }: LedgerEntry,
  { rules }: DependencySettings,
  now: number,
): Verdict {
  return classify(error, { rules, refreshable: false, attempts, now });
}

/** Whether a failed call may have had an effect, as {@link analyzeFailedCall} finds it. */
export function effectOfFailedCall(
  result: FailedCall,
  begun: LedgerEntry,
  settings: DependencySettings,
  now: number,
): Effect {
  return hasChangedNothing(result, begun) ? 'none' : judged(result.error, begun, settings, now).verdict.effect;
}

/** In a round, only the write that was sent can have changed something. */
function hasChangedNothing(result: FailedCall, { conflict }: LedgerEntry): boolean {
  return conflict !== undefined && !('sent' in result && result.sent !== undefined);
}

/** As {@link analyzeError}, for a call or a round. A failed fetch of the state can't have changed anything. */
export function analyzeFailedCall(
  result: FailedCall,
  begun: LedgerEntry,
  settings: DependencySettings,
  now: number,
): CallFailureFacts {
  const learned = analyzeError(result, begun, settings, now);
  if (!begun.conflict) return mayApplyTwice(learned, begun) ? { ...learned, uncertain: 'attempt' } : learned;
  const { sent, fields } = 'sent' in result ? result : {};
  const conflict = nextConflictRecord(learned.verdict, begun, settings, sent);
  const { uncertain, verdict, excerpt, notBefore } = learned;
  return {
    notBefore,
    excerpt,
    conflict: conflict && { ...conflict, fields: fields ?? conflict.fields, version: sent || conflict.version },
    verdict: hasChangedNothing(result, begun) ? { ...verdict, effect: 'none' } : verdict,
    uncertain: hasChangedNothing(result, begun) ? undefined : uncertain,
  };
}

/**
 * Whether the write may have lost a race against an earlier call of its own. A comparison detects that, except for a
 * JSON Patch without a base: it could append to its own result.
 */
function mayApplyTwice({ conflict }: CallFailureFacts, begun: LedgerEntry): boolean {
  if (!conflict || conflict.end !== undefined || begun.possibleEffect !== true) return false;
  const operation = operationOf(begun);
  return operation.base === undefined && readWrite(operation)?.kind === 'json-patch';
}

/** Treats an interrupted call like one that timed out, or like one that was refused if it had no effect. */
export function analyzeInterruptedCall(
  begun: LedgerEntry,
  settings: DependencySettings,
  effect: 'none' | 'unknown',
  now: number,
): CallFailureFacts {
  const unsafe = effect === 'unknown' && !mayBeRepeated(begun, settings, now);
  const rule = unsafe && mayBeRepeated(begun, settings, BEFORE_ALL) ? KEY_EXPIRED : 'interrupted';
  return {
    verdict: { ...begun.verdict, rule, effect },
    uncertain: unsafe ? 'attempt' : undefined,
  };
}

/** Rule of a call that only its idempotency key made repeatable, once the dependency may have forgotten the key. */
export const KEY_EXPIRED = 'idempotency-key-expired';

/** A time at which no key is too old. */
const BEFORE_ALL = Number.NEGATIVE_INFINITY;

/** Whether Backstop may repeat the announced call, by the settings of its time and by today's. */
export function mayBeRepeated(entry: LedgerEntry, settings: RepeatabilitySettings, now: number): boolean {
  const { inFlight } = entry;
  // An earlier version did not note it, and settings may have changed since. So only what needs no setting may.
  const atItsTime = inFlight ? (inFlight.repeatable ?? isRepeatable(entry, unprotected(settings), now)) : true;
  return atItsTime && isRepeatable(entry, settings, now);
}

/** The settings of a dependency that protects no call against a second one. */
function unprotected({ kind }: RepeatabilitySettings): RepeatabilitySettings {
  return kind === 'http' ? { kind, idempotencyKeys: false } : { kind, repeatable: false };
}

/** Your resolver function failed. The failure is temporary, and not the dependency's fault. */
export function analyzeResolverFailure(): CallFailureFacts {
  return { verdict: { kind: 'transient', ...INTERNAL, rule: 'resolver-failed' } };
}

/** The body that the operation claims is missing or another one. No later try finds it. */
export function analyzeBrokenClaim(): CallFailureFacts {
  return { verdict: BROKEN_CLAIM };
}

/** The comparison showed that no rule and no human can settle the conflict. */
export function recordUnresolvable(
  begun: LedgerEntry,
  end: UnresolvableReason,
  { fields, version }: Pick<ConflictRecord, 'fields' | 'version'> = {},
): CallFailureFacts {
  const { rounds = 0, refused = [] } = begun.conflict ?? {};
  return { verdict: conflictVerdict(begun), conflict: { rounds, refused, end, fields, version } };
}

/** The comparison showed that a human must decide. */
export function recordUndecided(
  begun: LedgerEntry,
  round: Extract<RoundResult, { kind: 'undecided' }>,
  times: DecisionTimes & { readonly now: number; readonly durableAttempts: number },
): CallFailureFacts {
  // Every decision may come too late because the state changed again. Limit the number of questions.
  if (questionNumber(begun.question) > MAX_QUESTIONS) return recordUnresolvable(begun, 'contended', round);
  const { rounds = 0, refused = [] } = begun.conflict ?? {};
  // The fetched state may come from a stale replica. Another round costs less than a human's time.
  if (round.because === 'same-version' && rounds + 1 < MAX_CONFLICT_ROUNDS) {
    return { verdict: conflictVerdict(begun), conflict: { rounds: rounds + 1, refused } };
  }
  const { conflict, ...question } = buildQuestion(round, begun, times);
  return { verdict: conflictVerdict(begun), conflict, asked: question };
}

/** Verdict if the bucket has no body that fits the claim. Nothing was sent. */
export const BROKEN_CLAIM: Verdict = {
  kind: 'permanent',
  category: 'data-integrity',
  effect: 'none',
  rule: 'body-claim-broken',
};

const INTERNAL = { category: 'data-integrity', effect: 'none' } as const;

/** The conflict verdict that caused the comparison, or a substitute for another kind of verdict. */
function conflictVerdict({ verdict }: LedgerEntry): Verdict {
  return verdict.kind === 'conflict' ? verdict : { kind: 'conflict', ...INTERNAL, rule: 'compared' };
}

/** Whether the failure's current call may be repeated if its result is unknown. */
export function isRepeatable(entry: LedgerEntry, settings: RepeatabilitySettings, now: number): boolean {
  // No call was made, because a human kept the current state.
  if (keepsTheirs(entry)) return true;
  const operation = operationOf(entry);
  return entry.conflict
    ? repeatableAfterRound(operation)
    : repeatableAfterAttempt(operation, settings, { firstCallAt: firstEffectAt(entry), now });
}

/** @throws Error if the ledger has already dropped the operation */
export function operationOf(entry: LedgerEntry): HttpOperation {
  if (!entry.failure) throw new Error('the operation is no longer stored');
  return entry.failure.operation;
}

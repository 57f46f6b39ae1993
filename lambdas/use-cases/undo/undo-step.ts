import { BusyError, errorName, UnknownResultError } from '../../contract/errors.ts';
import type { UndoStep } from '../../contract/failure.ts';
import { leaseMs } from '../../contract/lease.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { StepProgress, UndoFailureReason, UndoProgress } from '../../contract/undo-progress.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { CallResult } from '../../domain/boundary/call-result.ts';
import { countsAgainst } from '../../domain/circuit/dependency-fault.ts';
import { classify } from '../../domain/classification/classify.ts';
import { repeatableAfterAttempt } from '../../domain/recovery/repeatable.ts';
import { afterFailedCall, attemptLimit } from '../../domain/undo/undo-plan.ts';
import type { Call } from '../call.ts';
import type { Answer, Breaker } from '../circuit/breaker.ts';
import { type GuardedCall, guardedCall } from '../circuit/guarded-call.ts';
import type { AttemptTools } from '../recovery/attempt-operation.ts';
import { lastTryAt } from '../recovery/hold.ts';
import type { UndoNotes } from './notes.ts';

export interface StepTools extends Pick<AttemptTools, 'effects' | 'circuits' | 'log' | 'telemetry'> {
  readonly call: Call;
  readonly ledger: { readonly now: number };
  readonly notes: UndoNotes;
}

/** A failure whose undo has begun. */
export type Undoing = LedgerEntry & { readonly undo: UndoProgress };

/** A step to be undone, with all that is known of it. */
export interface StepWork {
  readonly entry: Undoing;
  readonly index: number;
  readonly step: UndoStep;
  readonly progress: StepProgress;
  readonly settings: DependencySettings;
}

export type StepTurn =
  /** A call was made, or its result found out: see the step's progress. */
  | { readonly kind: 'moved'; readonly entry: Undoing }
  /** No call was made, and none may be before a time, in epoch milliseconds. */
  | { readonly kind: 'held'; readonly until: number };

/** How a call ended. */
type End =
  /** `isOld`: an earlier call has undone the step. A `statusCode` of 0 says that there was none. */
  | { readonly kind: 'done'; readonly statusCode: number; readonly rule?: string; readonly isOld?: true }
  | { readonly kind: 'failed'; readonly verdict: Verdict; readonly statusCode?: number }
  /** Nothing has left for the dependency. */
  | { readonly kind: 'not-made' }
  /** An earlier call left no trace, and no other may be made. */
  | { readonly kind: 'cut-off'; readonly because: UndoFailureReason };

const GONE: readonly number[] = [404, 410];
/** Such as a credential that can't be had: it may pass, and the other steps must not wait for it. */
const NOT_MADE: Verdict = {
  kind: 'transient',
  category: 'authentication',
  effect: 'none',
  rule: 'call-not-made',
};

/**
 * Makes the call that undoes a step, if it may be made. The order is that of an attempt: circuit, announcement in the ledger,
 * effects table, call; so that the step is undone once, whatever is cut off in between.
 *
 * @throws BusyError where somebody else is at it: no call was made
 */
export async function undoOnce(work: StepWork, tools: StepTools): Promise<StepTurn> {
  const { entry, settings } = work;
  const breaker = tools.circuits.of(settings, entry.tenant);
  const answer = await admit(work, breaker, tools.ledger.now);
  if (!answer.admitted) return { kind: 'held', until: await hold(work, answer, tools) };
  const circuit = guardedCall(breaker, answer.permit);
  try {
    return { kind: 'moved', entry: await undoAdmitted(work, circuit, tools) };
  } finally {
    await circuit.withdraw();
  }
}

/** Writes where a step stands. @throws BusyError where somebody else has moved the undo on */
export async function move(
  { entry, index }: Pick<StepWork, 'entry' | 'index'>,
  progress: StepProgress,
  tools: StepTools,
): Promise<Undoing> {
  const moved = await tools.notes.moved(entry, index, progress);
  if (!moved || !isUndoing(moved)) throw new BusyError('the undo has moved on');
  report(progress, tools);
  return moved;
}

export function isUndoing(entry: LedgerEntry): entry is Undoing {
  return entry.undo !== undefined;
}

function report(
  { state, name, dependency, because, rule, statusCode, attempts }: StepProgress,
  { log, telemetry }: StepTools,
) {
  const facts = { step: name, dependency, because, rule, statusCode, attempts };
  if (state === 'done') {
    log('step undone', facts);
    telemetry.count('StepUndone', { dependency });
  } else if (state === 'failed') {
    log('step could not be undone', facts);
    telemetry.count('UndoFailed', { dependency });
  }
}

/** Whether the call passes. Where only the effects table is looked at, no call is made, and nobody needs to be asked. */
async function admit(
  work: StepWork,
  circuit: Breaker,
  now: number,
): Promise<Answer | { readonly admitted: true; readonly permit?: undefined }> {
  const { progress, settings } = work;
  if (whyNoCall(work, now)) return { admitted: true };
  const isDurableRetry = progress.attempts > 0 && progress.attempts >= settings.retry.hotAttempts;
  if (!isDurableRetry) return circuit.ask();
  if (progress.paidFrom === undefined) return circuit.ask(settings.retryBudget);
  const paidFrom = Date.parse(progress.paidFrom);
  return paidFrom > now ? { admitted: false, because: 'retry-budget', retryAt: paidFrom } : circuit.ask('paid');
}

/** Why no other call follows on one that was cut off. Whether that one has undone the step, the effects table may know. */
function whyNoCall({ entry, progress, step, settings }: StepWork, now: number): UndoFailureReason | undefined {
  if (progress.state !== 'calling') return undefined;
  if (!repeatableAfterAttempt(step.operation, settings)) return 'unknown-result';
  if (progress.attempts >= attemptLimit(settings.retry)) return 'exhausted';
  return now >= Date.parse(entry.undo.deadline) ? 'deadline' : undefined;
}

/** Notes until when no call is made, which is never past the deadline. Answers that time. */
async function hold(work: StepWork, { because, retryAt }: Rejection, tools: StepTools): Promise<number> {
  const until = Math.min(retryAt, lastTryAt(work.entry.undo, tools.ledger.now));
  const paid = because === 'retry-budget' && { paidFrom: iso(retryAt) };
  await move(work, { ...work.progress, notBefore: iso(until), ...paid }, tools);
  return until;
}

type Rejection = Extract<Answer, { admitted: false }>;

async function undoAdmitted(work: StepWork, circuit: GuardedCall, tools: StepTools): Promise<Undoing> {
  const { name, dependency, attempts } = work.progress;
  const why = whyNoCall(work, tools.ledger.now);
  const until = tools.ledger.now + leaseMs(work.settings);
  const calling = {
    name,
    dependency,
    state: 'calling',
    attempts: why ? attempts : attempts + 1,
    until: iso(until),
  } as const;
  const begun: StepWork = { ...work, entry: await move(work, calling, tools), progress: calling };
  let end: End;
  try {
    end = await callOnce(begun, { why, until }, tools);
  } catch (error) {
    // No call was made: the announcement is taken back.
    await move(begun, work.progress, tools);
    throw errorName(error) === 'IdempotencyAlreadyInProgressError' ? new BusyError('the call is under way') : error;
  }
  await tell(circuit, end);
  return move(begun, after(begun, end, circuit.isProbe, tools.ledger.now), tools);
}

/** @throws whatever has kept the call from being made */
async function callOnce(
  work: StepWork,
  { why, until }: { readonly why: UndoFailureReason | undefined; readonly until: number },
  tools: StepTools,
): Promise<End> {
  const { entry, index, settings } = work;
  let end: End | undefined;
  try {
    const { statusCode } = await tools.effects.once(undoKey(entry, index), leaseMs(settings), async () => {
      if (why) throw new UnknownResultError('the call was cut off midway');
      if (tools.ledger.now + 2 * settings.timeoutMs > until) throw new BusyError('too little of the lease is left');
      end = await call(work, tools);
      if (end.kind !== 'done') throw new CallFailed();
      return { statusCode: end.statusCode };
    });
    return end ?? { kind: 'done', statusCode, isOld: true };
  } catch (error) {
    if (why && error instanceof UnknownResultError) return { kind: 'cut-off', because: why };
    if (end === undefined) throw error;
    if (!(error instanceof CallFailed)) tools.log('the effect could not be recorded', { cause: errorName(error) });
    return end;
  }
}

class CallFailed extends Error {
  override readonly name = 'CallFailed';
}

async function call({ entry, index, step, progress, settings }: StepWork, tools: StepTools): Promise<End> {
  let result: CallResult;
  try {
    result = await tools.call(step.operation, settings, { ...entry, id: undoKey(entry, index) });
  } catch (error) {
    tools.log('the undo could not be called', { step: step.name, cause: errorName(error) });
    return { kind: 'not-made' };
  }
  if (result.kind === 'ok') return { kind: 'done', statusCode: result.statusCode };
  const { rules } = settings;
  const { statusCode } = result.error;
  const { attempts } = progress;
  const verdict = classify(result.error, { rules, refreshable: false, attempts, now: tools.ledger.now });
  const { kind, rule } = verdict;
  if (kind === 'expected' || isNothingLeft(step, statusCode))
    return { kind: 'done', statusCode: statusCode ?? 0, rule };
  tools.log('undo failed', { step: step.name, attempt: attempts, verdict: kind, rule, statusCode });
  return { kind: 'failed', verdict, ...(statusCode !== undefined && { statusCode }) };
}

/** Where there is nothing, there is nothing to undo. */
function isNothingLeft({ operation, undoes }: UndoStep, statusCode = 0): boolean {
  return GONE.includes(statusCode) && (operation.method === 'DELETE' || undoes === 'operation');
}

/** By which the call is known in the effects table and at the dependency: no id of a failure contains a `#`. */
function undoKey({ id }: LedgerEntry, index: number): string {
  return `${id}#undo#${index}`;
}

async function tell(circuit: GuardedCall, end: End): Promise<void> {
  if (end.kind === 'failed' && countsAgainst(end.verdict)) await circuit.failed();
  else if (end.kind === 'failed' || (end.kind === 'done' && !end.isOld)) await circuit.succeeded();
}

function after({ entry, step, progress, settings }: StepWork, end: End, isProbe: boolean, now: number): StepProgress {
  const { name, dependency, attempts } = progress;
  const { deadline } = entry.undo;
  const limits = { retry: settings.retry, deadline, now };
  const isRepeatable = repeatableAfterAttempt(step.operation, settings);
  switch (end.kind) {
    case 'done': {
      const { statusCode, rule } = end;
      const learned = { ...(statusCode > 0 && { statusCode }), ...(rule !== undefined && { rule }) };
      return { name, dependency, state: 'done', attempts, ...learned };
    }
    case 'cut-off':
      return { name, dependency, state: 'failed', attempts, because: end.because, rule: 'interrupted' };
    case 'not-made':
      return afterFailedCall(progress, { verdict: NOT_MADE, isProbe: false, isRepeatable }, limits);
    case 'failed':
      return afterFailedCall(progress, { ...end, isProbe, isRepeatable }, limits);
    default:
      return end satisfies never;
  }
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

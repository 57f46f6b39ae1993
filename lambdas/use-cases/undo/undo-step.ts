import { BodyClaimError } from '../../contract/body-claim.ts';
import { BusyError, errorName } from '../../contract/errors.ts';
import type { UndoStep } from '../../contract/failure.ts';
import { leaseMs } from '../../contract/lease.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import type { StepProgress, UndoFailureReason } from '../../contract/undo-progress.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { CallResult } from '../../domain/boundary/call-result.ts';
import { countsAgainst } from '../../domain/circuit/dependency-fault.ts';
import { classify } from '../../domain/classification/classify.ts';
import { undoKey } from '../../domain/ledger/effect-key.ts';
import type { Undoing } from '../../domain/ledger/ledger-changes.ts';
import { BROKEN_CLAIM, KEY_EXPIRED } from '../../domain/recovery/call-failure.ts';
import { repeatableAfterAttempt } from '../../domain/recovery/repeatable.ts';
import { isAlreadyGone, progressAfter, type StepEnd, settlesAt } from '../../domain/undo/step-end.ts';
import { attemptLimit } from '../../domain/undo/undo-plan.ts';
import type { Call } from '../call.ts';
import type { Breaker } from '../circuit/breaker.ts';
import { type GuardedCall, guardedCall } from '../circuit/guarded-call.ts';
import type { AcquireResult } from '../circuit/permit.ts';
import { type Departure, departure } from '../departure.ts';
import { type CallEnd, callOnce } from '../ledger/call-once.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { withinLease } from '../ledger/within-lease.ts';
import type { AttemptPorts } from '../recovery/attempt-operation.ts';
import { lastTryAt } from '../recovery/hold.ts';

export interface StepPorts extends Pick<AttemptPorts, 'effects' | 'circuits' | 'log' | 'telemetry'> {
  readonly call: Call;
  readonly ledger: Pick<Ledger, 'now' | 'recordUndoStep'>;
}

/** A step to undo, with its entry, progress and the settings of its dependency. */
export interface StepWork {
  readonly entry: Undoing;
  readonly index: number;
  readonly step: UndoStep;
  readonly progress: StepProgress;
  readonly settings: DependencySettings;
}

type StepTurn =
  /** The turn made a call, or found the result of an earlier one: see the step's progress. */
  | { readonly kind: 'moved'; readonly entry: Undoing }
  /** No call was made. `until`: when the next one is allowed, in epoch milliseconds. */
  | { readonly kind: 'held'; readonly until: number };

/** Verdict if no call could be made, as without a credential. Transient, so that other steps do not wait for it. */
const NOT_MADE: Verdict = {
  kind: 'transient',
  category: 'authentication',
  effect: 'none',
  rule: 'call-not-made',
};

/**
 * Makes the call that undoes a step, if the circuit admits it. The order is that of an attempt: look-up, circuit,
 * announcement in the ledger, effects table, call. So the step is undone once, even if the function stops in between.
 *
 * @throws BusyError if another call is in flight; no call was made
 */
export async function undoOnce(work: StepWork, ports: StepPorts): Promise<StepTurn> {
  const { entry, settings } = work;
  const found = await lookUp(work, ports);
  if (found.kind !== 'may-call') return { kind: 'moved', entry: await record(work, found, false, ports) };
  const breaker = ports.circuits.of(settings, entry.tenant);
  const answer = await admit(work, breaker, ports.ledger.now);
  if (!answer.admitted) return { kind: 'held', until: await hold(work, answer, ports) };
  const circuit = guardedCall(breaker, answer.permit);
  try {
    return { kind: 'moved', entry: await undoAdmitted(work, found.firstCallAt, circuit, ports) };
  } finally {
    await circuit.withdraw();
  }
}

/**
 * Records a step's progress, then logs and counts its end.
 *
 * @throws BusyError if another writer changed the undo first
 */
export async function recordProgress(
  { entry, index }: Pick<StepWork, 'entry' | 'index'>,
  progress: StepProgress,
  ports: Pick<StepPorts, 'ledger' | 'log' | 'telemetry'>,
): Promise<Undoing> {
  const moved = await ports.ledger.recordUndoStep(entry, index, progress);
  if (!moved || !isUndoing(moved)) throw new BusyError('the undo has moved on');
  report(progress, ports);
  return moved;
}

export function isUndoing(entry: LedgerEntry): entry is Undoing {
  return entry.undo !== undefined;
}

function report(
  { state, name, dependency, because, rule, statusCode, attempts }: StepProgress,
  { log, telemetry }: Pick<StepPorts, 'log' | 'telemetry'>,
) {
  const facts = { step: name, dependency, because, rule, statusCode, attempts };
  if (state === 'done') {
    log('step undone', facts);
    telemetry.count('StepUndone', { dependency });
  } else if (state === 'failed') {
    log('step undo failed', facts);
    telemetry.count('UndoFailed', { dependency });
  }
}

interface MayCall {
  readonly kind: 'may-call';
  /** When the first call was made that may have undone the step, in epoch milliseconds. */
  readonly firstCallAt: number | undefined;
}

/** Finds out how earlier calls ended, if no other may follow one without a result. */
async function lookUp(work: StepWork, { effects, ledger }: StepPorts): Promise<MayCall | StepEnd> {
  const { entry, index, progress } = work;
  const firstCallAt = firstCallOf(progress);
  const isCutOff = progress.state === 'calling';
  if (!isCutOff && (firstCallAt === undefined || mayRepeat(work, ledger.now))) return { kind: 'may-call', firstCallAt };
  const effect = await effects.read<Undone>(undoKey(entry, index));
  switch (effect.kind) {
    case 'done':
      return { kind: 'done', statusCode: effect.success.statusCode, isOld: true };
    case 'under-way':
      throw new BusyError('the call is in progress');
    case 'none':
    case 'in-doubt': {
      const hadNoEffect = effect.kind === 'none' && (!isCutOff || progress.repeatable !== undefined);
      const because = reasonNotToCall(work, hadNoEffect, ledger.now);
      if (!because) return { kind: 'may-call', firstCallAt: hadNoEffect ? undefined : firstCallAt };
      const isTooOld = because === 'unknown-result' && mayRepeat(work, Number.NEGATIVE_INFINITY);
      return { kind: 'cut-off', because, rule: isTooOld ? KEY_EXPIRED : 'interrupted' };
    }
    default:
      return effect satisfies never;
  }
}

/** When the first call was made that may have undone the step, in epoch milliseconds. */
function firstCallOf({ state, until, possibleEffectAt }: StepProgress): number | undefined {
  const first = possibleEffectAt ?? (state === 'calling' ? until : undefined);
  return first === undefined ? undefined : Date.parse(first);
}

/** Whether a call may follow one without a result, by the settings of its time and by today's. */
function mayRepeat({ progress, step, settings }: StepWork, now: number): boolean {
  const age = { firstCallAt: firstCallOf(progress), now };
  return progress.repeatable !== false && repeatableAfterAttempt(step.operation, settings, age);
}

/** Asks the circuit, and for a durable retry the budget. */
async function admit({ progress, settings }: StepWork, circuit: Breaker, now: number): Promise<AcquireResult> {
  const isDurableRetry = progress.attempts > 0 && progress.attempts >= settings.retry.hotAttempts;
  if (!isDurableRetry) return circuit.tryAcquire();
  if (progress.paidFrom === undefined) return circuit.tryAcquire(settings.retryBudget);
  const paidFrom = Date.parse(progress.paidFrom);
  return paidFrom > now ? { admitted: false, because: 'retry-budget', retryAt: paidFrom } : circuit.tryAcquire('paid');
}

/** Why no further call may follow one without a result. */
function reasonNotToCall(work: StepWork, hadNoEffect: boolean, now: number): UndoFailureReason | undefined {
  const { entry, progress, settings } = work;
  if (!hadNoEffect && !mayRepeat(work, now)) return 'unknown-result';
  if (progress.attempts >= attemptLimit(settings.retry)) return 'exhausted';
  return now >= Date.parse(entry.undo.deadline) ? 'deadline' : undefined;
}

/** Records until when no call is made, at most until shortly before the deadline. Returns it in epoch milliseconds. */
async function hold(work: StepWork, { because, retryAt }: Rejection, ports: StepPorts): Promise<number> {
  const until = Math.min(retryAt, lastTryAt(work.entry.undo, ports.ledger.now));
  const paidFrom = because === 'retry-budget' ? iso(retryAt) : work.progress.paidFrom;
  await recordProgress(work, { ...work.progress, notBefore: iso(until), paidFrom }, ports);
  return until;
}

type Rejection = Extract<AcquireResult, { admitted: false }>;

async function undoAdmitted(
  work: StepWork,
  firstCallAt: number | undefined,
  circuit: GuardedCall,
  ports: StepPorts,
): Promise<Undoing> {
  const { step, settings } = work;
  const { name, dependency, attempts } = work.progress;
  const until = ports.ledger.now + leaseMs(settings);
  const repeatable = repeatableAfterAttempt(step.operation, settings, { firstCallAt, now: ports.ledger.now });
  const calling = {
    name,
    dependency,
    state: 'calling',
    attempts: attempts + 1,
    until: iso(until),
    repeatable,
    possibleEffectAt: firstCallAt === undefined ? undefined : iso(firstCallAt),
  } as const;
  const begun: StepWork = { ...work, entry: await recordProgress(work, calling, ports), progress: calling };
  const depart = departure({ until, circuit, clock: ports.ledger });
  const key = undoKey(begun.entry, begun.index);
  const lease = { token: begun.entry.undo.version, until };
  const once = await callOnce<StepEnd, Undone>({ key, lease, make: () => call(begun, depart, ports), endOf }, ports);
  switch (once.kind) {
    case 'under-way':
    case 'not-made':
      // No call was made, so withdraw the announcement.
      await withinLease(until, ports.ledger, () => recordProgress(begun, work.progress, ports));
      throw once.kind === 'not-made' ? once.error : new BusyError('the call is in progress');
    case 'earlier':
      return record(begun, { kind: 'done', statusCode: once.success.statusCode, isOld: true }, false, ports);
    case 'made':
      await reportToCircuit(circuit, once.result);
      return withinLease(until, ports.ledger, () => record(begun, once.result, circuit.isProbe, ports));
    default:
      return once satisfies never;
  }
}

function record(work: StepWork, end: StepEnd, isProbe: boolean, ports: StepPorts): Promise<Undoing> {
  const { entry, step, progress, settings } = work;
  const { now } = ports.ledger;
  const context = {
    retry: settings.retry,
    deadline: entry.undo.deadline,
    now,
    lastTryAt: lastTryAt(entry.undo, now),
    isProbe,
    isRepeatable: repeatableAfterAttempt(step.operation, settings, { firstCallAt: firstCallOf(progress), now }),
  };
  return recordProgress(work, progressAfter(progress, end, context), ports);
}

/** A success, as the effects table keeps it. */
interface Undone {
  readonly statusCode: number;
}

function endOf(end: StepEnd): CallEnd<Undone> {
  switch (end.kind) {
    case 'done':
      return { kind: 'done', success: { statusCode: end.statusCode } };
    case 'failed':
      return { kind: end.verdict.effect === 'none' ? 'no-effect' : 'in-doubt' };
    case 'not-made':
    case 'too-early':
    case 'cut-off':
      return { kind: 'no-effect' };
    default:
      return end satisfies never;
  }
}

async function call(
  { entry, index, step, progress, settings }: StepWork,
  depart: Departure,
  ports: StepPorts,
): Promise<StepEnd> {
  let result: CallResult;
  try {
    result = await ports.call(step.operation, settings, { ...entry, undoStep: index }, depart);
  } catch (error) {
    if (error instanceof BusyError) throw error;
    ports.log('the undo was not called', { step: progress.name, cause: errorName(error) });
    return { kind: 'not-made', verdict: error instanceof BodyClaimError ? BROKEN_CLAIM : NOT_MADE };
  }
  if (result.kind === 'ok') return { kind: 'done', statusCode: result.statusCode };
  const { rules } = settings;
  const { statusCode } = result.error;
  const { attempts } = progress;
  const verdict = classify(result.error, { rules, refreshable: false, attempts, now: ports.ledger.now });
  const { kind, rule } = verdict;
  const isGone = isAlreadyGone(step, statusCode);
  const until = settlesAt(step, entry.undo);
  if (isGone && ports.ledger.now < until)
    return { kind: 'too-early', statusCode: statusCode ?? 0, rule, settlesAt: until };
  if (kind === 'expected' || isGone) return { kind: 'done', statusCode: statusCode ?? 0, rule };
  ports.log('undo failed', { step: progress.name, attempt: attempts, verdict: kind, rule, statusCode });
  return { kind: 'failed', verdict, statusCode };
}

async function reportToCircuit(circuit: GuardedCall, end: StepEnd): Promise<void> {
  if (end.kind === 'failed' && countsAgainst(end.verdict)) await circuit.failed();
  else if (end.kind === 'failed' || end.kind === 'too-early' || (end.kind === 'done' && !end.isOld))
    await circuit.succeeded();
}

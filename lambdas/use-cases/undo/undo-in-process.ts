import {
  CircuitOpenError,
  InternalError,
  NotYetError,
  TransientError,
  UndoGoesOnError,
} from '../../contract/errors.ts';
import { leaseMs } from '../../contract/lease.ts';
import { HOT_BUDGET_MS } from '../../contract/limits.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { StepProgress, UndoFailureReason, UndoProgress } from '../../contract/undo-progress.ts';
import { backoff } from '../../domain/recovery/backoff.ts';
import { recordProgress, type StepTools, type StepWork, type Undoing, undoOnce } from './undo-step.ts';

export interface RetryTools extends StepTools {
  readonly settingsOf: (dependency: string) => DependencySettings | undefined;
  readonly sleep: (ms: number) => Promise<void>;
  /** Time that the function has left, in milliseconds. */
  readonly remainingMs: () => number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/**
 * Calls a step's undo until it is done or failed. Retries in process with short delays first; later invocations make
 * one call each.
 *
 * @throws TransientError, NotYetError or CircuitOpenError if the step needs another invocation
 * @throws UndoGoesOnError if the function has too little time left to begin
 */
export async function undoInProcess(
  { entry, index, step }: Pick<StepWork, 'entry' | 'index' | 'step'>,
  tools: RetryTools,
): Promise<Undoing> {
  const settings = tools.settingsOf(step.dependency);
  if (!settings) return recordStepFailed({ entry, index }, 'unregistered', tools);
  if (tools.remainingMs() < HOT_BUDGET_MS + leaseMs(settings)) throw new UndoGoesOnError('no time is left');
  const hotUntil = tools.ledger.now + HOT_BUDGET_MS;
  let current = entry;
  for (;;) {
    const progress = progressOf(current, index);
    if (progress.state !== 'open' && progress.state !== 'calling') return current;
    await waitFor(progress, hotUntil, tools);
    if (isOverdue(progress, current.undo, tools.ledger.now))
      return recordStepFailed({ entry: current, index }, 'deadline', tools);
    const turn = await undoOnce({ entry: current, index, step, progress, settings }, tools);
    if (turn.kind === 'held') throw new CircuitOpenError(turn.until);
    current = turn.entry;
    await delayRetry(progressOf(current, index), settings, hotUntil, tools);
  }
}

/** Whether a step has run out of time. A step that other steps delayed past the deadline still gets its first call. */
function isOverdue({ state, attempts, notBefore }: StepProgress, { deadline }: UndoProgress, now: number): boolean {
  const hadItsTurn = attempts > 0 || notBefore !== undefined;
  return state === 'open' && hadItsTurn && now >= Date.parse(deadline);
}

async function recordStepFailed(
  { entry, index }: Pick<StepWork, 'entry' | 'index'>,
  because: UndoFailureReason,
  tools: RetryTools,
): Promise<Undoing> {
  const { name, dependency, attempts, rule, statusCode } = progressOf(entry, index);
  const learned = { ...(rule !== undefined && { rule }), ...(statusCode !== undefined && { statusCode }) };
  return recordProgress({ entry, index }, { name, dependency, state: 'failed', attempts, because, ...learned }, tools);
}

/** Waits in process until the step may be called. @throws NotYetError if that is later than `hotUntil` */
async function waitFor({ state, until, notBefore }: StepProgress, hotUntil: number, tools: RetryTools): Promise<void> {
  const times = [state === 'calling' ? until : undefined, notBefore];
  const latest = Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time))));
  if (latest <= tools.ledger.now) return;
  if (latest > hotUntil) throw new NotYetError(latest);
  await tools.sleep(latest - tools.ledger.now);
}

/** Delays the next call in process. @throws TransientError if the machine must wait instead */
async function delayRetry(progress: StepProgress, { retry }: DependencySettings, hotUntil: number, tools: RetryTools) {
  const { state, attempts, notBefore } = progress;
  const { now } = tools.ledger;
  // The next turn waits for the time that the dependency asked for.
  if (state !== 'open' || (notBefore !== undefined && Date.parse(notBefore) > now)) return;
  const delay = backoff(Math.max(1, attempts), { ...retry, random: tools.random ?? Math.random });
  if (attempts >= retry.hotAttempts || now + delay > hotUntil) {
    throw new TransientError('the undo of the step failed and may be retried');
  }
  await tools.sleep(delay);
}

function progressOf({ undo }: Undoing, index: number): StepProgress {
  const progress = undo.steps[index];
  if (!progress) throw new InternalError('the ledger has no such step');
  return progress;
}

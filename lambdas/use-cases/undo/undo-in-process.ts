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
import type { Undoing } from '../../domain/ledger/ledger-changes.ts';
import { backoff } from '../../domain/recovery/backoff.ts';
import { recordProgress, type StepPorts, type StepWork, undoOnce } from './undo-step.ts';

export interface RetryPorts extends StepPorts {
  readonly settingsOf: (dependency: string) => DependencySettings | undefined;
  readonly sleep: (ms: number) => Promise<void>;
  /** Time that the function has left, in milliseconds. */
  readonly remainingMs: () => number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
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
  ports: RetryPorts,
): Promise<Undoing> {
  const settings = ports.settingsOf(step.dependency);
  if (!settings) return recordStepFailed({ entry, index }, 'unregistered', ports);
  if (ports.remainingMs() < HOT_BUDGET_MS + leaseMs(settings)) throw new UndoGoesOnError('no time is left');
  const hotUntil = ports.ledger.now + HOT_BUDGET_MS;
  let current = entry;
  for (;;) {
    const progress = progressOf(current, index);
    if (progress.state !== 'open' && progress.state !== 'calling') return current;
    await waitFor(progress, hotUntil, ports);
    if (isOverdue(progress, current.undo, ports.ledger.now))
      return recordStepFailed({ entry: current, index }, 'deadline', ports);
    const turn = await undoOnce({ entry: current, index, step, progress, settings }, ports);
    if (turn.kind === 'held') throw new CircuitOpenError(turn.until);
    current = turn.entry;
    await delayRetry(progressOf(current, index), settings, hotUntil, ports);
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
  ports: RetryPorts,
): Promise<Undoing> {
  const { name, dependency, attempts, rule, statusCode } = progressOf(entry, index);
  const failed = { name, dependency, state: 'failed', attempts, because, rule, statusCode } as const;
  return recordProgress({ entry, index }, failed, ports);
}

/** Waits in process until the step may be called. @throws NotYetError if that is later than `hotUntil` */
async function waitFor({ state, until, notBefore }: StepProgress, hotUntil: number, ports: RetryPorts): Promise<void> {
  const times = [state === 'calling' ? until : undefined, notBefore];
  const latest = Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time))));
  if (latest <= ports.ledger.now) return;
  if (latest > hotUntil) throw new NotYetError(latest);
  await ports.sleep(latest - ports.ledger.now);
}

/** Delays the next call in process. @throws TransientError if the machine must wait instead */
async function delayRetry(progress: StepProgress, { retry }: DependencySettings, hotUntil: number, ports: RetryPorts) {
  const { state, attempts, notBefore } = progress;
  const { now } = ports.ledger;
  // The next turn waits for the time that the dependency asked for.
  if (state !== 'open' || (notBefore !== undefined && Date.parse(notBefore) > now)) return;
  const delay = backoff(Math.max(1, attempts), { ...retry, random: ports.random });
  if (attempts >= retry.hotAttempts || now + delay > hotUntil) {
    throw new TransientError('the undo of the step failed and may be retried');
  }
  await ports.sleep(delay);
}

function progressOf({ undo }: Undoing, index: number): StepProgress {
  const progress = undo.steps[index];
  if (!progress) throw new InternalError('the ledger has no such step');
  return progress;
}

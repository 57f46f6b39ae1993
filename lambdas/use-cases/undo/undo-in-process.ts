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
import { move, type StepTools, type StepWork, type Undoing, undoOnce } from './undo-step.ts';

export interface RetryTools extends StepTools {
  readonly settingsOf: (dependency: string) => DependencySettings | undefined;
  readonly sleep: (ms: number) => Promise<void>;
  /** Time that the function has left. */
  readonly remainingMs: () => number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/**
 * Brings one step to its end: with short delays in process at first, then one call each time.
 *
 * @throws TransientError, NotYetError or CircuitOpenError where it takes longer
 * @throws UndoGoesOnError where the function has no time left to begin
 */
export async function undoInProcess(
  { entry, index, step }: Pick<StepWork, 'entry' | 'index' | 'step'>,
  tools: RetryTools,
): Promise<Undoing> {
  const settings = tools.settingsOf(step.dependency);
  if (!settings) return fail({ entry, index }, 'unregistered', tools);
  if (tools.remainingMs() < HOT_BUDGET_MS + leaseMs(settings)) throw new UndoGoesOnError('the time is up');
  const hotUntil = tools.ledger.now + HOT_BUDGET_MS;
  let current = entry;
  for (;;) {
    const progress = progressOf(current, index);
    if (progress.state !== 'open' && progress.state !== 'calling') return current;
    await waitFor(progress, hotUntil, tools);
    if (isOverdue(progress, current.undo, tools.ledger.now)) return fail({ entry: current, index }, 'deadline', tools);
    const turn = await undoOnce({ entry: current, index, step, progress, settings }, tools);
    if (turn.kind === 'held') throw new CircuitOpenError(turn.until);
    current = turn.entry;
    await pause(progressOf(current, index), settings, hotUntil, tools);
  }
}

/** Whose turn came too late, because others waited, has one call all the same: what keeps them must not keep it from being undone. */
function isOverdue({ state, attempts, notBefore }: StepProgress, { deadline }: UndoProgress, now: number): boolean {
  const hadItsTurn = attempts > 0 || notBefore !== undefined;
  return state === 'open' && hadItsTurn && now >= Date.parse(deadline);
}

async function fail(
  { entry, index }: Pick<StepWork, 'entry' | 'index'>,
  because: UndoFailureReason,
  tools: RetryTools,
): Promise<Undoing> {
  const { name, dependency, attempts, rule, statusCode } = progressOf(entry, index);
  const learned = { ...(rule !== undefined && { rule }), ...(statusCode !== undefined && { statusCode }) };
  return move({ entry, index }, { name, dependency, state: 'failed', attempts, because, ...learned }, tools);
}

/** Waits for a time that is near. @throws NotYetError where it is not */
async function waitFor({ state, until, notBefore }: StepProgress, hotUntil: number, tools: RetryTools): Promise<void> {
  const times = [state === 'calling' ? until : undefined, notBefore];
  const latest = Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time))));
  if (latest <= tools.ledger.now) return;
  if (latest > hotUntil) throw new NotYetError(latest);
  await tools.sleep(latest - tools.ledger.now);
}

/** The delay before another call in process. @throws TransientError where the machine is to wait for longer */
async function pause(progress: StepProgress, { retry }: DependencySettings, hotUntil: number, tools: RetryTools) {
  const { state, attempts, notBefore } = progress;
  const { now } = tools.ledger;
  // A time that the dependency asked for is waited for in any case.
  if (state !== 'open' || (notBefore !== undefined && Date.parse(notBefore) > now)) return;
  const delay = backoff(Math.max(1, attempts), { ...retry, random: tools.random ?? Math.random });
  if (attempts >= retry.hotAttempts || now + delay > hotUntil) {
    throw new TransientError('the step could not be undone, and another try may follow');
  }
  await tools.sleep(delay);
}

function progressOf({ undo }: Undoing, index: number): StepProgress {
  const progress = undo.steps[index];
  if (!progress) throw new InternalError('the ledger has no such step');
  return progress;
}

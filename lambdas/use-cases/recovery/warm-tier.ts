import {
  CircuitOpenError,
  ConflictError,
  DecisionDueError,
  FallbackDueError,
  GaveUpError,
  NotYetError,
  TransientError,
} from '../../contract/errors.ts';
import type { LedgerEntry, Outcome } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { type DeadLetter, deadLetter } from '../../domain/ledger/dead-letter.ts';
import { type Decision, deadLetterReason, decide } from '../../domain/recovery/decide.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type AttemptTools, attemptOperation } from './attempt-operation.ts';
import { hold, isFallbackDue, LAST_TRY_MS } from './hold.ts';

type SettingsOf = (dependency: string) => DependencySettings | undefined;

/**
 * One durable attempt. The retries of the machine call it again, so it first looks at what is known by now.
 *
 * @throws TransientError, NotYetError, CircuitOpenError, ConflictError, DecisionDueError, FallbackDueError or GaveUpError, by which
 * the machine takes its way
 * @throws BusyError where somebody else is at it
 */
export function attemptDurably(
  ref: FailureRef,
  settingsOf: SettingsOf,
  tools: AttemptTools,
): Promise<{ outcome: Outcome }> {
  return goOn(ref, settingsOf, tools, 'attempt');
}

/** As {@link attemptDurably}, for one round of fetch, compare, resubmit. */
export function resolveDurably(
  ref: FailureRef,
  settingsOf: SettingsOf,
  tools: AttemptTools,
): Promise<{ outcome: Outcome }> {
  return goOn(ref, settingsOf, tools, 'resolve');
}

async function goOn(
  ref: FailureRef,
  settingsOf: SettingsOf,
  tools: AttemptTools,
  task: 'attempt' | 'resolve',
): Promise<{ outcome: Outcome }> {
  const entry = await mustGet(ref.id, tools.ledger);
  if (isOver(entry, ref)) return { outcome: entry.outcome ?? 'dead-lettered' };
  const settings = settingsOf(entry.dependency);
  if (!settings) throw new GaveUpError('unregistered');
  // What became of a change that was sent to a backup, the effects table knows: see the fallback.
  if (entry.backupCalled !== undefined) throw new FallbackDueError('a change was sent to the backup');
  const before = decide(entry, tools.ledger.now);
  if (before.action === 'ignore') return { outcome: 'ignored' };
  if (before.action === 'discard') return { outcome: 'discarded' };
  if (before.action !== task) throw asError(before, entry, settings, tools.ledger.now);
  const result = await attemptOperation(entry, settings, tools);
  if (result.kind === 'healed') return { outcome: result.outcome };
  const current = result.kind === 'held' ? await hold(entry, result.hold, tools.ledger) : result.entry;
  const after = decide(current, tools.ledger.now);
  if (after.action === 'ignore') return { outcome: 'ignored' };
  if (after.action === 'discard') return { outcome: 'discarded' };
  // The state could not be read: that is retried like any call, and not as a race that was lost.
  const isUnread = task === 'resolve' && after.action === 'resolve' && current.verdict.kind !== 'conflict';
  throw asError(isUnread ? { action: 'attempt' } : after, current, settings, tools.ledger.now);
}

/** Spreads those who wait for the same moment over a tenth of the wait, at least a second, but not past their deadline. */
export function spread(
  until: number,
  { deadline }: Pick<LedgerEntry, 'deadline'>,
  now: number,
  random: () => number,
): number {
  const latest = Math.max(until, Date.parse(deadline) - LAST_TRY_MS);
  return Math.min(until + random() * Math.max(1_000, (until - now) / 10), latest);
}

export interface StandingOptions {
  readonly runbookUrl: string;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

export interface Standing {
  readonly waitUntil: string;
  readonly letter: DeadLetter;
}

/** Where a failure stands: until when the machine waits, and the letter to keep should it wait no longer. */
export async function standing(ref: FailureRef, ledger: Ledger, options: StandingOptions): Promise<Standing> {
  return standingOf(await mustGet(ref.id, ledger), ledger.now, options);
}

export function standingOf(
  entry: LedgerEntry,
  now: number,
  { runbookUrl, random = Math.random }: StandingOptions,
): Standing {
  const decision = decide(entry, now);
  const until = decision.action === 'wait' ? spread(decision.until, entry, now, random) : now;
  const reason = deadLetterReason(decision);
  return { waitUntil: new Date(until).toISOString(), letter: deadLetter(entry, { reason, now, runbookUrl }) };
}

function asError(
  decision: Exclude<Decision, { action: 'ignore' | 'discard' }>,
  entry: LedgerEntry,
  settings: DependencySettings,
  now: number,
): Error {
  if (isFallbackDue(entry, settings, now, decision)) return new FallbackDueError('the fallback is to answer');
  switch (decision.action) {
    case 'attempt':
      return new TransientError('the attempt failed, and another may follow');
    case 'resolve':
      return new ConflictError('the write has lost a race');
    case 'ask':
      return new DecisionDueError('a human must decide');
    case 'wait':
      return entry.held === 'circuit' ? new CircuitOpenError(decision.until) : new NotYetError(decision.until);
    case 'give-up':
      return new GaveUpError(decision.reason);
    default:
      return decision satisfies never;
  }
}

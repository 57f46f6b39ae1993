import { BusyError, GaveUpError, NotYetError } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import { isOutageReason } from '../../contract/reasons.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { type FallbackResult, fallbackAnswer } from '../../domain/fallback/fallback-answer.ts';
import { type FallbackPlan, planFallback } from '../../domain/fallback/fallback-plan.ts';
import { type Decision, decide } from '../../domain/recovery/decide.ts';
import { hasOpenCall } from '../../domain/recovery/open-call.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { withdrawUnsentChange } from '../ledger/withdraw-unsent-change.ts';
import { lastTryAt } from '../recovery/hold.ts';
import { recordOutcome } from '../recovery/record-outcome.ts';
import { type BackupPorts, type BackupResult, changeAtBackup, findChange, readAtBackup } from './backup.ts';
import { findCompletedCall } from './find-completed-call.ts';
import { type AnswerStore, loadAnswer } from './last-good.ts';

export interface DegradePorts extends BackupPorts {
  readonly ledger: Ledger;
  readonly answers: AnswerStore;
  readonly settingsOf: (dependency: string) => DependencySettings | undefined;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

export interface Degraded {
  readonly outcome: Outcome;
  /** Present if this run settled the failure. */
  readonly entry?: LedgerEntry;
}

/**
 * Gets an answer from the fallback and settles the failure with it in one write. Idempotent.
 *
 * @throws GaveUpError if there is no answer and nothing is left to try
 * @throws NotYetError if there is no answer and the failure keeps retrying
 * @throws BusyError if another run is in flight, or the failure has changed
 */
export async function degradeFailure(ref: FailureRef, ports: DegradePorts): Promise<Degraded> {
  const { ledger, settingsOf, log } = ports;
  const found = await mustGet(ref.key, ledger);
  if (isOver(found, ref)) return { outcome: found.outcome ?? 'dead-lettered' };
  if (found.undo) throw new GaveUpError(found.undo.reason);
  const entry = await withdrawUnsentChange(found, ports);
  const settings = settingsOf(entry.dependency);
  const decision = decide(entry, ledger.now);
  if (decision.action === 'ignore') return { outcome: 'ignored' };
  // Only an attempt can find the result of a call that was cut off.
  if (hasOpenCall(entry)) throw new NotYetError(entry.inFlight ? Date.parse(entry.inFlight.until) : ledger.now);
  // The answer must not replace a success that nobody has recorded.
  const looks = !settings || entry.backupCalled === undefined;
  const outcome = looks ? await findCompletedCall(entry, ports) : undefined;
  if (outcome) return { outcome };
  if (!settings) throw new GaveUpError('unregistered');
  const result = await findAnswer(entry, settings, decision, ports);
  if (typeof result === 'string') {
    log('the fallback has no answer', { fallback: settings.fallback?.kind, because: result });
    throw await errorWithoutAnswer(entry, decision, result, ports);
  }
  const retryAt = await retryAtOf(entry, settings, ports);
  // Once a backup was called, the answer is the backup's, even if the config has changed since.
  const kind = (entry.backupCalled === undefined && settings.fallback?.kind) || 'backup';
  const answer = fallbackAnswer(kind, result, { now: ledger.now, retryAt });
  const settled = await recordOutcome(entry, 'degraded', ledger, reasonOf(decision, entry), answer);
  if (settled.state === 'open') throw new BusyError('the failure has moved on');
  return { outcome: settled.outcome ?? 'dead-lettered', entry: settled };
}

async function findAnswer(
  entry: LedgerEntry,
  { fallback }: DependencySettings,
  decision: Decision,
  ports: DegradePorts,
): Promise<BackupResult> {
  if (entry.backupCalled !== undefined) {
    // The effects table knows the result even if the config no longer has the backup.
    return findChange(entry, entry.backupCalled, ports);
  }
  if (!mayFallBackAfter(decision)) return 'other-reason';
  return runPlan(planFallback(fallback, entry), entry, ports);
}

async function runPlan(plan: FallbackPlan, entry: LedgerEntry, ports: DegradePorts): Promise<BackupResult> {
  const operation = entry.failure?.operation;
  if (!operation) return 'no-fallback';
  switch (plan.action) {
    case 'none':
      return plan.because;
    case 'answer':
      return plan.found;
    case 'recall':
      return loadAnswer(entry, operation, plan.maxAgeMs, ports);
    case 'forward': {
      const backup = ports.settingsOf(plan.to);
      if (!backup) return 'backup-unregistered';
      const ask = plan.isChange ? changeAtBackup : readAtBackup;
      return ask(entry, operation, backup, ports);
    }
    default:
      return plan satisfies never;
  }
}

/** Whether a fallback may replace the answer. No fallback helps if the failure is given up for another reason. */
function mayFallBackAfter(decision: Decision): boolean {
  return decision.action !== 'give-up' || isOutageReason(decision.reason);
}

/** Why the failure would have been given up; undefined if the fallback answered before that. */
function reasonOf(decision: Decision, { backupCalled }: LedgerEntry): string | undefined {
  return decision.action === 'give-up' && backupCalled === undefined ? decision.reason : undefined;
}

async function errorWithoutAnswer(
  entry: LedgerEntry,
  decision: Decision,
  result: Exclude<BackupResult, FallbackResult>,
  { ledger, random }: DegradePorts,
): Promise<Error> {
  if (result === 'unknown-result') return new GaveUpError('unknown-result');
  if (decision.action === 'give-up') return new GaveUpError(decision.reason);
  const until = nextAttemptAt(entry, ledger.now, random);
  await ledger.delayAttempt(entry, until);
  return new NotYetError(until);
}

const MIN_WAIT_MS = 20_000;
const MAX_WAIT_MS = 720_000;

/**
 * Time of the next attempt, and of the next try of the fallback, in epoch milliseconds. The wait is random between half
 * of its cap and the cap. The cap is half of the failure's age, so that waits grow, but at least 20 s and at most 12
 * min. The result is never later than the last attempt before the deadline.
 */
function nextAttemptAt({ receivedAt, deadline, notBefore }: LedgerEntry, now: number, random: () => number): number {
  const cap = Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, (now - Date.parse(receivedAt)) / 2));
  const wished = now + Math.ceil((cap * (1 + random())) / 2);
  const asked = notBefore === undefined ? 0 : Date.parse(notBefore);
  return Math.max(now, Math.min(Math.max(wished, asked), lastTryAt({ deadline }, now)));
}

/** When the dependency may be called again, by its circuit and its own `Retry-After`; undefined: now. Makes no call. */
async function retryAtOf(
  { tenant, notBefore }: LedgerEntry,
  settings: DependencySettings,
  { circuits, ledger }: DegradePorts,
): Promise<number | undefined> {
  const circuit = await circuits.of(settings, tenant).earliestCallAt();
  const latest = Math.max(circuit, notBefore === undefined ? 0 : Date.parse(notBefore));
  return latest > ledger.now ? latest : undefined;
}

import { BusyError, GaveUpError, NotYetError } from '../../contract/errors.ts';
import type { LedgerEntry, Outcome } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { type FallbackResult, fallbackAnswer } from '../../domain/fallback/fallback-answer.ts';
import { type FallbackPlan, planFallback } from '../../domain/fallback/fallback-plan.ts';
import { type Decision, decide } from '../../domain/recovery/decide.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { conclude } from '../recovery/conclude.ts';
import { lastTryAt } from '../recovery/hold.ts';
import type { AnswerStore } from './answers.ts';
import { type BackupResult, type BackupTools, changeAtBackup, findChange, readAtBackup } from './backup.ts';
import { recallAnswer } from './last-good.ts';

export interface DegradeTools extends BackupTools {
  readonly ledger: Ledger;
  readonly answers: AnswerStore;
  readonly settingsOf: (dependency: string) => DependencySettings | undefined;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

export interface Degraded {
  readonly outcome: Outcome;
  /** There where this run has settled the failure. */
  readonly entry?: LedgerEntry;
}

/**
 * Lets the fallback answer, and settles the failure with what it answered, in one write. Doing it again changes nothing.
 *
 * @throws GaveUpError where there is no answer, and nothing more is tried
 * @throws NotYetError where there is no answer, and the failure goes on as before
 * @throws BusyError where somebody else is at it
 */
export async function degradeFailure(ref: FailureRef, tools: DegradeTools): Promise<Degraded> {
  const { ledger, settingsOf, log } = tools;
  const entry = await mustGet(ref.id, ledger);
  if (isOver(entry, ref)) return { outcome: entry.outcome ?? 'dead-lettered' };
  if (entry.undo) throw new GaveUpError(entry.undo.reason);
  const settings = settingsOf(entry.dependency);
  if (!settings) throw new GaveUpError('unregistered');
  const decision = decide(entry, ledger.now);
  if (decision.action === 'ignore') return { outcome: 'ignored' };
  // What became of a call that was cut off, only an attempt can find out.
  if (entry.inFlight) throw new NotYetError(Date.parse(entry.inFlight.until));
  const result = await findAnswer(entry, settings, decision, tools);
  if (typeof result === 'string') {
    log('the fallback has no answer', { fallback: settings.fallback?.kind, because: result });
    throw await withoutAnswer(entry, decision, result, tools);
  }
  const retryAt = await retryAtOf(entry, settings, tools);
  // A call once begun at a backup is told as such, whatever the config says by now.
  const kind = (entry.backupCalled === undefined && settings.fallback?.kind) || 'backup';
  const answer = fallbackAnswer(kind, result, { now: ledger.now, ...(retryAt !== undefined && { retryAt }) });
  const settled = await conclude(entry, 'degraded', ledger, reasonOf(decision, entry), answer);
  if (settled.state === 'open') throw new BusyError('the failure has moved on');
  return { outcome: settled.outcome ?? 'dead-lettered', entry: settled };
}

async function findAnswer(
  entry: LedgerEntry,
  { fallback }: DependencySettings,
  decision: Decision,
  tools: DegradeTools,
): Promise<BackupResult> {
  if (entry.backupCalled !== undefined) {
    // Also where the config has lost the backup meanwhile: the effects table remembers.
    const { timeoutMs = 0 } = tools.settingsOf(entry.backupCalled) ?? {};
    return findChange(entry, { name: entry.backupCalled, timeoutMs }, tools);
  }
  if (!mayAnswer(decision)) return 'other-reason';
  return carryOut(planFallback(fallback, entry), entry, tools);
}

async function carryOut(plan: FallbackPlan, entry: LedgerEntry, tools: DegradeTools): Promise<BackupResult> {
  const operation = entry.failure?.operation;
  if (!operation) return 'no-fallback';
  switch (plan.action) {
    case 'none':
      return plan.because;
    case 'answer':
      return plan.found;
    case 'recall':
      return recallAnswer(entry, operation, plan.maxAgeMs, tools);
    case 'forward': {
      const backup = tools.settingsOf(plan.to);
      if (!backup) return 'backup-unregistered';
      const ask = plan.isChange ? changeAtBackup : readAtBackup;
      return ask(entry, operation, backup, tools);
    }
    default:
      return plan satisfies never;
  }
}

/** Whatever is given up for another reason, no fallback mends. */
function mayAnswer(decision: Decision): boolean {
  return decision.action !== 'give-up' || decision.reason === 'exhausted' || decision.reason === 'deadline';
}

/** Why the dependency itself could not answer; nothing where the fallback has not waited for that to be known. */
function reasonOf(decision: Decision, { backupCalled }: LedgerEntry): string | undefined {
  return decision.action === 'give-up' && backupCalled === undefined ? decision.reason : undefined;
}

async function withoutAnswer(
  entry: LedgerEntry,
  decision: Decision,
  result: Exclude<BackupResult, FallbackResult>,
  { ledger, notes, random = Math.random }: DegradeTools,
): Promise<Error> {
  if (result === 'unknown-result') return new GaveUpError('unknown-result');
  if (decision.action === 'give-up') return new GaveUpError(decision.reason);
  const until = goesOnAt(entry, ledger.now, random);
  await notes.putOff(entry, until);
  return new NotYetError(until);
}

const SHORTEST_WAIT_MS = 20_000;
const LONGEST_WAIT_MS = 720_000;

/**
 * The wait until the next attempt, and with it the next try of the fallback: random, from half of its cap up. The cap is half
 * of the failure's age, so that waits grow, but at least 20 s and at most 12 min; what is left until the deadline is used.
 */
function goesOnAt({ receivedAt, deadline, notBefore }: LedgerEntry, now: number, random: () => number): number {
  const cap = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, (now - Date.parse(receivedAt)) / 2));
  const wished = now + Math.ceil((cap * (1 + random())) / 2);
  const asked = notBefore === undefined ? 0 : Date.parse(notBefore);
  return Math.max(now, Math.min(Math.max(wished, asked), lastTryAt({ deadline }, now)));
}

/** When the dependency may be asked again, as far as its circuit or its own answer says. No call is made. */
async function retryAtOf(
  { tenant, notBefore }: LedgerEntry,
  settings: DependencySettings,
  { circuits, ledger }: DegradeTools,
): Promise<number | undefined> {
  const circuit = await circuits.of(settings, tenant).mayAskAt();
  const latest = Math.max(circuit, notBefore === undefined ? 0 : Date.parse(notBefore));
  return latest > ledger.now ? latest : undefined;
}

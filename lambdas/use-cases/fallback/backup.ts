import { BusyError, errorName, UnknownResultError } from '../../contract/errors.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import { leaseMs } from '../../contract/lease.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { CallResult } from '../../domain/boundary/call-result.ts';
import { countsAgainst } from '../../domain/circuit/dependency-fault.ts';
import { classify } from '../../domain/classification/classify.ts';
import type { FallbackResult } from '../../domain/fallback/fallback-answer.ts';
import type { NoAnswerReason } from '../../domain/fallback/fallback-plan.ts';
import { backupKey } from '../../domain/ledger/effect-key.ts';
import type { Call } from '../call.ts';
import { type GuardedCall, guardedCall } from '../circuit/guarded-call.ts';
import { busyIfInProgress, CallFailed } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { AttemptPorts } from '../recovery/attempt-operation.ts';

export interface BackupPorts extends Pick<AttemptPorts, 'effects' | 'circuits' | 'log'> {
  readonly call: Call;
  readonly ledger: Pick<Ledger, 'now' | 'announceBackupCall' | 'withdrawBackupCall' | 'recordBackupFailure'>;
}

/** `unknown-result`: the change may have taken effect at the backup. */
export type BackupResult = FallbackResult | NoAnswerReason | 'unknown-result';

/** How a call to the backup ended. */
type End =
  | { readonly kind: 'ok'; readonly found: FallbackResult }
  | { readonly kind: 'failed'; readonly verdict: Verdict; readonly statusCode?: number }
  /** Nothing was sent to the backup. */
  | { readonly kind: 'not-made' };

/** Reads from the backup if its circuit admits the call. */
export async function readAtBackup(
  entry: LedgerEntry,
  operation: HttpOperation,
  backup: DependencySettings,
  ports: BackupPorts,
): Promise<BackupResult> {
  return withPermit(entry, backup, ports, async (circuit) => {
    const end = await callBackup(entry, operation, { backup, circuit }, ports);
    if (end.kind === 'ok') return end.found;
    return end.kind === 'failed' ? 'backup-failed' : 'backup-not-called';
  });
}

/**
 * Makes a change at the backup at most once. The order guarantees that: announce in the ledger, mark as started in the
 * effects table, call.
 *
 * @throws BusyError if another run is in flight, or the failure has changed
 */
export async function changeAtBackup(
  entry: LedgerEntry,
  operation: HttpOperation,
  backup: DependencySettings,
  ports: BackupPorts,
): Promise<BackupResult> {
  return withPermit(entry, backup, ports, async (circuit) => {
    if (!(await ports.ledger.announceBackupCall(entry, backup.name))) throw new BusyError('the failure has moved on');
    let end: End | undefined;
    try {
      const statusCode = await once(entry, backup, ports, async () => {
        end = await callBackup(entry, operation, { backup, circuit }, ports);
        if (end.kind !== 'ok') throw new CallFailed();
        return { statusCode: end.found.statusCode };
      });
      return answerOf(end) ?? { statusCode, dependency: backup.name };
    } catch (error) {
      return resolveChange(entry, backup, { end, error }, ports);
    }
  });
}

/** Finds the result of a change that an earlier run sent but did not record. Makes no call. */
export async function findChange(
  entry: LedgerEntry,
  backup: Pick<DependencySettings, 'name' | 'timeoutMs'>,
  ports: Pick<BackupPorts, 'effects'>,
): Promise<BackupResult> {
  try {
    const statusCode = await once(entry, backup, ports, () => {
      throw new UnknownResultError('the call to the backup was interrupted');
    });
    return { statusCode, dependency: backup.name };
  } catch (error) {
    if (error instanceof UnknownResultError) return 'unknown-result';
    throw toBusyError(error);
  }
}

/** Runs the change under a key per failure and backup. */
async function once(
  entry: LedgerEntry,
  backup: Pick<DependencySettings, 'name' | 'timeoutMs'>,
  { effects }: Pick<BackupPorts, 'effects'>,
  effect: () => Promise<{ statusCode: number }>,
): Promise<number> {
  return (await effects.once(backupKey(entry, backup.name), leaseMs(backup), effect)).statusCode;
}

/** Runs `work` with a permit of the backup's circuit. Returns the permit if `work` makes no call. */
async function withPermit(
  { tenant }: LedgerEntry,
  backup: DependencySettings,
  { circuits }: BackupPorts,
  work: (circuit: GuardedCall) => Promise<BackupResult>,
): Promise<BackupResult> {
  const breaker = circuits.of(backup, tenant);
  const answer = await breaker.tryAcquire();
  if (!answer.admitted) return 'backup-circuit-open';
  const circuit = guardedCall(breaker, answer.permit);
  try {
    return await work(circuit);
  } finally {
    await circuit.withdraw();
  }
}

/** The answer of this run's call; undefined if an earlier run made the change. */
function answerOf(end: End | undefined): FallbackResult | undefined {
  return end?.kind === 'ok' ? end.found : undefined;
}

async function resolveChange(
  entry: LedgerEntry,
  { name: dependency }: DependencySettings,
  { end, error }: { readonly end: End | undefined; readonly error: unknown },
  { ledger, log }: BackupPorts,
): Promise<BackupResult> {
  if (end?.kind === 'failed') {
    const { verdict, statusCode } = end;
    await ledger.recordBackupFailure(entry, { dependency, verdict, statusCode });
    return verdict.effect === 'none' ? 'backup-failed' : 'unknown-result';
  }
  if (end?.kind === 'ok') {
    log('recording the effect failed', { cause: errorName(error) });
    return end.found;
  }
  const busy = toBusyError(error);
  // Another run is in flight, so its announcement stays.
  if (!(busy instanceof BusyError)) await ledger.withdrawBackupCall(entry, dependency);
  if (end?.kind === 'not-made') return 'backup-not-called';
  throw busy;
}

async function callBackup(
  entry: LedgerEntry,
  operation: HttpOperation,
  { backup, circuit }: { readonly backup: DependencySettings; readonly circuit: GuardedCall },
  { call, ledger, log }: BackupPorts,
): Promise<End> {
  let result: CallResult;
  try {
    result = await call(operation, backup, entry);
  } catch (error) {
    log('the backup was not called', { backup: backup.name, cause: errorName(error) });
    return { kind: 'not-made' };
  }
  if (result.kind === 'ok') {
    await circuit.succeeded();
    const { statusCode, body } = result;
    return { kind: 'ok', found: { statusCode, body, dependency: backup.name } };
  }
  const { rules } = backup;
  const verdict = classify(result.error, { rules, refreshable: false, attempts: entry.attempts, now: ledger.now });
  await (countsAgainst(verdict) ? circuit.failed() : circuit.succeeded());
  const { statusCode } = result.error;
  log('the backup failed', { backup: backup.name, verdict: verdict.kind, rule: verdict.rule, statusCode });
  return { kind: 'failed', verdict, statusCode };
}

function toBusyError(error: unknown): unknown {
  return busyIfInProgress(error, 'the call to the backup is marked as in progress');
}

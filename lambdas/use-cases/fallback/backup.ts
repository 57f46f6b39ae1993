import { BusyError, errorName } from '../../contract/errors.ts';
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
import { type Departure, departure } from '../departure.ts';
import { type CallEnd, callOnce } from '../ledger/call-once.ts';
import type { Effects } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { withinLease } from '../ledger/within-lease.ts';
import type { AttemptPorts } from '../recovery/attempt-operation.ts';

export interface BackupPorts extends Pick<AttemptPorts, 'effects' | 'circuits' | 'log' | 'telemetry' | 'newToken'> {
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

/** A call that the backup's circuit has admitted. */
interface Admitted {
  readonly backup: DependencySettings;
  readonly circuit: GuardedCall;
  readonly depart: Departure;
}

/** Reads from the backup if its circuit admits the call. */
export async function readAtBackup(
  entry: LedgerEntry,
  operation: HttpOperation,
  backup: DependencySettings,
  ports: BackupPorts,
): Promise<BackupResult> {
  return withPermit(entry, backup, ports, async (circuit) => {
    const depart = departure({ until: ports.ledger.now + leaseMs(backup), circuit, clock: ports.ledger });
    const end = await callBackup(entry, operation, { backup, circuit, depart }, ports);
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
    const { ledger, newToken } = ports;
    const lease = { token: newToken(), until: ledger.now + leaseMs(backup) };
    const depart = departure({ until: lease.until, circuit, clock: ledger });
    const announced = await ledger.announceBackupCall(entry, { dependency: backup.name, ...lease });
    if (!announced) throw new BusyError('the failure has moved on');
    const make = () => callBackup(entry, operation, { backup, circuit, depart }, ports);
    const once = await callOnce<End, Sent>({ key: backupKey(entry, backup.name), lease, make, endOf }, ports);
    switch (once.kind) {
      case 'earlier':
        return { statusCode: once.success.statusCode, dependency: backup.name };
      // Its announcement stays.
      case 'under-way':
        throw new BusyError('the call to the backup is marked as in progress');
      case 'not-made':
        await withinLease(lease.until, ledger, () => ledger.withdrawBackupCall(announced));
        throw once.error;
      case 'made':
        return recordChange(announced, backup, once.result, lease.until, ports);
      default:
        return once satisfies never;
    }
  });
}

/** A success, as the effects table keeps it. */
interface Sent {
  readonly statusCode: number;
}

function endOf(end: End): CallEnd<Sent> {
  switch (end.kind) {
    case 'ok':
      return { kind: 'done', success: { statusCode: end.found.statusCode } };
    case 'failed':
      return { kind: end.verdict.effect === 'none' ? 'no-effect' : 'in-doubt' };
    case 'not-made':
      return { kind: 'no-effect' };
    default:
      return end satisfies never;
  }
}

/** Finds the result of a change that an earlier run sent but did not record. Makes no call. */
export async function findChange(
  entry: LedgerEntry,
  backup: string,
  { effects }: { readonly effects: Pick<Effects, 'read'> },
): Promise<BackupResult> {
  const effect = await effects.read<Sent>(backupKey(entry, backup));
  if (effect.kind === 'under-way') throw new BusyError('the call to the backup is marked as in progress');
  return effect.kind === 'done' ? { statusCode: effect.success.statusCode, dependency: backup } : 'unknown-result';
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

async function recordChange(
  entry: LedgerEntry,
  { name: dependency }: DependencySettings,
  end: End,
  until: number,
  { ledger }: BackupPorts,
): Promise<BackupResult> {
  switch (end.kind) {
    case 'ok':
      return end.found;
    case 'failed': {
      const { verdict, statusCode } = end;
      const failure = { dependency, verdict, statusCode };
      await withinLease(until, ledger, () => ledger.recordBackupFailure(entry, failure));
      return verdict.effect === 'none' ? 'backup-failed' : 'unknown-result';
    }
    case 'not-made':
      await withinLease(until, ledger, () => ledger.withdrawBackupCall(entry));
      return 'backup-not-called';
    default:
      return end satisfies never;
  }
}

async function callBackup(
  entry: LedgerEntry,
  operation: HttpOperation,
  { backup, circuit, depart }: Admitted,
  { call, ledger, log }: BackupPorts,
): Promise<End> {
  let result: CallResult;
  try {
    result = await call(operation, backup, entry, depart);
  } catch (error) {
    if (error instanceof BusyError) throw error;
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

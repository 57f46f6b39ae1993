import { BusyError } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import type { Resolution } from '../../domain/conflict/round-result.ts';
import type { CallFailureFacts } from '../../domain/recovery/call-failure.ts';
import { recordResolution } from '../conflict/record-resolution.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { withinLease } from '../ledger/within-lease.ts';
import type { Log, Telemetry } from '../telemetry.ts';

/** A success, as the effects table keeps it. */
export interface Success {
  readonly statusCode: number;
  /** Present if a conflict round made the call. */
  readonly resolution?: Resolution;
}

export interface Healed {
  readonly kind: 'healed';
  readonly entry: LedgerEntry;
  readonly outcome: 'recovered' | 'resolved';
}

export interface Failed {
  readonly kind: 'failed';
  readonly entry: LedgerEntry;
}

export interface RecordPorts {
  readonly ledger: Ledger;
  readonly log: Log;
  readonly telemetry: Pick<Telemetry, 'count'>;
}

/** Records how a success resolved a conflict. The outcome itself is recorded later. */
export async function recordSuccess(
  begun: LedgerEntry,
  { resolution }: Success,
  settings: DependencySettings | undefined,
  ports: RecordPorts,
): Promise<Healed> {
  const outcome = begun.conflict || resolution ? 'resolved' : 'recovered';
  const isRecorded = !resolution || begun.conflict?.winner !== undefined;
  const entry = isRecorded ? begun : await recordResolution(begun, resolution, settings, ports);
  return { kind: 'healed', entry, outcome };
}

/**
 * Records how a call failed, and tries again while its lease lasts.
 *
 * @throws BusyError if another writer changed the failure first
 */
export async function recordFailure(
  begun: LedgerEntry,
  learned: CallFailureFacts,
  { ledger, log }: RecordPorts,
  statusCode?: number,
): Promise<Failed> {
  const { kind, rule, effect } = learned.verdict;
  log('attempt failed', { attempt: begun.attempts, verdict: kind, rule, effect, statusCode });
  const step = {
    at: iso(ledger.now),
    step: 'attempt-failed',
    attempt: begun.attempts,
    tier: begun.tier,
    verdict: kind,
    rule,
    statusCode,
    conflict: learned.conflict?.end,
    question: learned.asked?.question.id,
    checkpoint: learned.checkpoint === undefined ? undefined : 'moved',
    probe: learned.isProbe ? 'of the circuit' : undefined,
  } as const;
  const until = begun.inFlight ? Date.parse(begun.inFlight.until) : ledger.now;
  const entry = await withinLease(until, ledger, () => ledger.recordFailedAttempt(begun, { ...learned, step }));
  if (!entry) throw new BusyError('the failure has moved on');
  return { kind: 'failed', entry };
}

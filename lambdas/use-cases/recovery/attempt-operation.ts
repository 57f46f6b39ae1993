import { BodyClaimError } from '../../contract/body-claim.ts';
import { BusyError } from '../../contract/errors.ts';
import { leaseOf } from '../../contract/lease.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import { countsAgainst } from '../../domain/circuit/dependency-fault.ts';
import type { DecisionTimes } from '../../domain/conflict/build-question.ts';
import { keepsTheirs } from '../../domain/conflict/conflict-mode.ts';
import type { RoundResult } from '../../domain/conflict/round-result.ts';
import { announcement } from '../../domain/ledger/attempt-transitions.ts';
import { effectKey } from '../../domain/ledger/effect-key.ts';
import type { Hold } from '../../domain/ledger/ledger-changes.ts';
import {
  analyzeBrokenClaim,
  analyzeFailedCall,
  analyzeResolverFailure,
  effectOfFailedCall,
  isDoneByEarlierCall,
  isRepeatable,
  operationOf,
  recordUndecided,
  recordUnresolvable,
} from '../../domain/recovery/call-failure.ts';
import { type Call, refusePending } from '../call.ts';
import type { Breaker } from '../circuit/breaker.ts';
import type { Circuits } from '../circuit/circuits.ts';
import { type GuardedCall, guardedCall } from '../circuit/guarded-call.ts';
import type { AcquireResult } from '../circuit/permit.ts';
import { reportConflict, reportQuestion } from '../conflict/report-conflict.ts';
import { type AskResolver, resolveRound } from '../conflict/resolve-round.ts';
import { type Departure, departure } from '../departure.ts';
import { type CallEnd, callOnce } from '../ledger/call-once.ts';
import type { Effects } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { withinLease } from '../ledger/within-lease.ts';
import type { Log, Telemetry } from '../telemetry.ts';
import { lookUp } from './look-up.ts';
import { type Failed, type Healed, recordFailure, recordSuccess, type Success } from './record-result.ts';

export interface AttemptPorts {
  readonly ledger: Ledger;
  readonly effects: Effects;
  readonly circuits: Circuits;
  /** Makes the call. Returns `pending` while an execution that the call started or redrove is still running. */
  readonly call: Call<CallResult | PendingCall>;
  readonly conflicts: ConflictPorts;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Creates a text that differs each time. */
  readonly newToken: () => string;
}

/** Ports and limits for resolving a write conflict. */
export interface ConflictPorts extends DecisionTimes {
  /** Reads the current state of the resource, body included. */
  readonly read: Call;
  /** Invokes the resolver function that the dependency's config names. */
  readonly askResolver: AskResolver;
}

type AttemptResult =
  | Healed
  | Failed
  /** No call was made. `hold` says why, and until when none is allowed. */
  | { readonly kind: 'held'; readonly hold: Hold };

/**
 * Calls the dependency once if the shared circuit admits the call. After a conflict, runs one round of fetch, compare,
 * resubmit.
 *
 * The order guarantees that no effect happens twice. The attempt first looks for the result of a call that was cut off.
 * It announces its own call in the ledger, marks it as started in the effects table, and makes it. It stores a success
 * in the effects table before it uses the result.
 *
 * @throws BusyError if another attempt is in flight; no call was made
 */
export async function attemptOperation(
  entry: LedgerEntry,
  settings: DependencySettings,
  ports: AttemptPorts,
): Promise<AttemptResult> {
  const found = await lookUp(entry, settings, ports);
  if (found.kind !== 'may-call') return found;
  const breaker = ports.circuits.of(settings, entry.tenant);
  const admission = await admit(entry, settings, breaker, ports.ledger.now);
  if (!admission.admitted) return { kind: 'held', hold: { because: admission.because, until: admission.retryAt } };
  const circuit = guardedCall(breaker, admission.permit);
  try {
    const begun = await announce(entry, settings, found.followsNoEffect, ports);
    return await attemptAnnounced(begun, { settings, circuit }, ports);
  } finally {
    await circuit.withdraw();
  }
}

/** An entry whose call is announced. */
type Begun = LedgerEntry & { readonly inFlight: NonNullable<LedgerEntry['inFlight']> };

interface Admitted {
  readonly settings: DependencySettings;
  readonly circuit: GuardedCall;
}

type CallOutcome = CallResult | RoundResult | PendingCall;

async function attemptAnnounced(begun: Begun, admitted: Admitted, ports: AttemptPorts): Promise<AttemptResult> {
  const { settings, circuit } = admitted;
  const lease = { token: begun.inFlight.token, until: Date.parse(begun.inFlight.until) };
  const depart = departure({ until: lease.until, circuit, clock: ports.ledger });
  const once = await callOnce<CallOutcome, Success>(
    {
      key: effectKey(begun),
      lease,
      make: () => makeCall(begun, settings, depart, ports),
      endOf: (result) => endOf(result, begun, settings, ports.ledger.now),
    },
    ports,
  );
  // The circuit learns nothing from it, since no call was made.
  if (once.kind === 'not-made' && once.error instanceof BodyClaimError)
    return recordFailure(begun, analyzeBrokenClaim(), ports);
  if (once.kind === 'under-way' || once.kind === 'not-made') {
    await withinLease(lease.until, ports.ledger, () => ports.ledger.withdrawAttempt(begun));
    throw once.kind === 'not-made' ? once.error : new BusyError('the call is marked as in progress');
  }
  if (once.kind === 'earlier') return recordSuccess(begun, once.success, settings, ports);
  const { result } = once;
  switch (result.kind) {
    case 'ok':
      await circuit.succeeded();
      return recordSuccess(begun, successOf(result), settings, ports);
    case 'pending':
      return suspend(begun, result, ports);
    default:
      return handleFailedCall(begun, result, admitted, ports);
  }
}

function endOf(result: CallOutcome, begun: Begun, settings: DependencySettings, now: number): CallEnd<Success> {
  switch (result.kind) {
    case 'ok':
      return { kind: 'done', success: successOf(result) };
    case 'failed': {
      const effect = effectOfFailedCall(result, begun, settings, now);
      return { kind: effect === 'none' ? 'no-effect' : 'in-doubt' };
    }
    // The next poll reads what the execution does next.
    case 'pending':
    case 'no-advice':
    case 'unresolvable':
    case 'undecided':
      return { kind: 'no-effect' };
    default:
      return result satisfies never;
  }
}

function successOf(result: Extract<CallOutcome, { kind: 'ok' }>): Success {
  const { statusCode } = result;
  return { statusCode, resolution: 'resolution' in result ? result.resolution : undefined };
}

async function makeCall(
  begun: LedgerEntry,
  settings: DependencySettings,
  depart: Departure,
  ports: AttemptPorts,
): Promise<CallOutcome> {
  const operation = operationOf(begun);
  if (!begun.conflict) {
    const result = await ports.call(operation, settings, begun, depart);
    if (result.kind !== 'failed' || !isDoneByEarlierCall(result, begun, settings, ports.ledger.now)) return result;
    return { kind: 'ok', statusCode: result.error.statusCode ?? 0 };
  }
  const { call, log, conflicts } = ports;
  return resolveRound(begun, operation, settings, { call: refusePending(call), log, depart, ...conflicts });
}

/** Classifies a call that did not succeed, and records the failure. */
async function handleFailedCall(
  begun: LedgerEntry,
  result: Exclude<CallOutcome, { kind: 'ok' | 'pending' }>,
  { settings, circuit }: Admitted,
  ports: AttemptPorts,
): Promise<AttemptResult> {
  if (result.kind === 'failed') {
    const learned = analyzeFailedCall(result, begun, settings, ports.ledger.now);
    await (countsAgainst(learned.verdict) ? circuit.failed() : circuit.succeeded());
    const ended = await recordFailure(begun, { ...learned, isProbe: circuit.isProbe }, ports, result.error.statusCode);
    if (learned.verdict.kind === 'conflict') reportConflict(begun, settings, ports.telemetry);
    return ended;
  }
  // The dependency answered; only the conflict is unresolved.
  await circuit.succeeded();
  switch (result.kind) {
    case 'no-advice':
      return recordFailure(begun, analyzeResolverFailure(), ports);
    case 'unresolvable':
      return recordFailure(begun, recordUnresolvable(begun, result.because), ports);
    case 'undecided': {
      const { decisionMs, deadlineMs } = ports.conflicts;
      const times = { decisionMs, deadlineMs, durableAttempts: settings.retry.durableAttempts, now: ports.ledger.now };
      const learned = recordUndecided(begun, result, times);
      const ended = await recordFailure(begun, learned, ports);
      if (learned.asked) reportQuestion(begun, result.because, settings, ports.telemetry);
      return ended;
    }
    default:
      return result satisfies never;
  }
}

/**
 * Asks the circuit, and for a durable retry the retry budget. Admits without asking if no call follows, because the
 * attempt keeps their version.
 */
async function admit(
  entry: LedgerEntry,
  settings: DependencySettings,
  circuit: Breaker,
  now: number,
): Promise<AcquireResult | { readonly admitted: true; readonly permit?: undefined }> {
  if (keepsTheirs(entry)) return { admitted: true };
  // Polling an execution is not a retry, so it draws nothing from the budget.
  if (entry.tier === 'hot' || isAwaited(entry)) return circuit.tryAcquire();
  if (entry.paidFrom === undefined) return circuit.tryAcquire(settings.retryBudget);
  const paidFrom = Date.parse(entry.paidFrom);
  // The failure paid for this retry already, but came back before its turn.
  return paidFrom > now ? { admitted: false, because: 'retry-budget', retryAt: paidFrom } : circuit.tryAcquire('paid');
}

function isAwaited({ awaited }: LedgerEntry): boolean {
  return awaited !== undefined && !awaited.hasFailed;
}

/** @throws BusyError if another attempt is in progress */
async function announce(
  entry: LedgerEntry,
  settings: DependencySettings,
  followsNoEffect: boolean,
  { ledger, newToken }: Pick<AttemptPorts, 'ledger' | 'newToken'>,
): Promise<Begun> {
  const repeatable = isRepeatable(followsNoEffect ? { ...entry, inFlight: undefined } : entry, settings, ledger.now);
  const lease = { token: newToken(), until: ledger.now + leaseOf(entry, settings), repeatable, followsNoEffect };
  let begun: LedgerEntry | undefined;
  try {
    begun = await ledger.beginAttempt(entry, lease);
  } catch (error) {
    // The write may have taken effect. Without a withdrawal, others would wait until its lease ends.
    const announced = { ...entry, attempts: entry.attempts + 1, inFlight: announcement(entry, lease) };
    await ledger.withdrawAttempt(announced).catch(() => undefined);
    throw error;
  }
  if (!begun?.inFlight) throw new BusyError('another attempt is in progress');
  return { ...begun, inFlight: begun.inFlight };
}

/** Holds the failure until the next poll. A running execution costs no attempt and does not count for the circuit. */
async function suspend(
  begun: LedgerEntry,
  { forMs, awaited }: PendingCall,
  { ledger }: AttemptPorts,
): Promise<AttemptResult> {
  await ledger.suspendAttempt(begun);
  return { kind: 'held', hold: { because: 'execution', until: ledger.now + forMs, awaited } };
}

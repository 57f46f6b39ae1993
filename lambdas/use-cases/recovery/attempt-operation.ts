import { BusyError, errorName, UnknownResultError } from '../../contract/errors.ts';
import { leaseOf, mayOutlastLease } from '../../contract/lease.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import { countsAgainst } from '../../domain/circuit/dependency-fault.ts';
import type { DecisionTimes } from '../../domain/conflict/build-question.ts';
import { keepsTheirs } from '../../domain/conflict/conflict-mode.ts';
import type { Resolution, RoundResult } from '../../domain/conflict/round-result.ts';
import { effectKey } from '../../domain/ledger/effect-key.ts';
import type { Hold } from '../../domain/ledger/ledger-changes.ts';
import {
  analyzeFailedCall,
  analyzeInterruptedCall,
  analyzeResolverFailure,
  type CallFailureFacts,
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
import { recordResolution } from '../conflict/record-resolution.ts';
import { reportConflict, reportQuestion } from '../conflict/report-conflict.ts';
import { type AskResolver, resolveRound } from '../conflict/resolve-round.ts';
import { busyIfInProgress, CallFailed, type Effects } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log, Telemetry } from '../telemetry.ts';
import { findEarlierSuccess } from './effect-key.ts';

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
  | { readonly kind: 'healed'; readonly entry: LedgerEntry; readonly outcome: 'recovered' | 'resolved' }
  | { readonly kind: 'failed'; readonly entry: LedgerEntry }
  /** No call was made. `hold` says why, and until when none is allowed. */
  | { readonly kind: 'held'; readonly hold: Hold };

/**
 * Calls the dependency once if the shared circuit admits the call. After a conflict, runs one round of fetch, compare,
 * resubmit.
 *
 * The order guarantees that no effect happens twice. The attempt announces the call in the ledger, marks it as started
 * in the effects table, and makes it. It stores a success in the effects table before it uses the result.
 *
 * @throws BusyError if another attempt is in flight; no call was made
 */
export async function attemptOperation(
  entry: LedgerEntry,
  settings: DependencySettings,
  ports: AttemptPorts,
): Promise<AttemptResult> {
  const circuit = ports.circuits.of(settings, entry.tenant);
  const admission = await admit(entry, settings, circuit, ports.ledger.now);
  if (!admission.admitted) return { kind: 'held', hold: { because: admission.because, until: admission.retryAt } };
  const call = guardedCall(circuit, admission.permit);
  try {
    return await attemptAdmitted(entry, settings, ports, call);
  } finally {
    await call.withdraw();
  }
}

type CallOutcome = CallResult | RoundResult | PendingCall;

async function attemptAdmitted(
  entry: LedgerEntry,
  settings: DependencySettings,
  ports: AttemptPorts,
  circuit: GuardedCall,
): Promise<AttemptResult> {
  const begun = await announce(entry, settings, ports);
  let result: CallOutcome | undefined;
  let resolution: Resolution | undefined;
  try {
    const lease = leaseOf(begun, settings);
    const before = await findEarlierSuccess<Success>(begun, lease, ports.effects);
    const done =
      before ??
      (await ports.effects.once<Success>(effectKey(begun), lease, async () => {
        if (begun.uncertain === 'interrupted') throw new UnknownResultError('the call was interrupted');
        if (mayOutlastLease(begun, settings, ports.ledger.now)) throw new BusyError('the lease is about to expire');
        if (!circuit.mayBegin(ports.ledger.now)) throw new BusyError('the circuit was asked too long ago');
        result = await makeCall(begun, settings, ports);
        if (result.kind !== 'ok') throw new CallFailed();
        return successOf(result);
      }));
    resolution = done.resolution;
  } catch (error) {
    if (error instanceof UnknownResultError)
      return recordFailure(begun, analyzeInterruptedCall(begun, settings), ports);
    if (result === undefined) return withdrawAndThrow(begun, error, ports);
    if (!(error instanceof CallFailed)) ports.log('recording the effect failed', { cause: errorName(error) });
    if (result.kind === 'pending') return holdForExecution(begun, result, ports);
    if (result.kind !== 'ok') return handleFailedCall(begun, result, { settings, circuit }, ports);
    resolution = successOf(result).resolution;
  }
  if (result !== undefined) await circuit.succeeded();
  if (!resolution) return { kind: 'healed', entry: begun, outcome: 'recovered' };
  return { kind: 'healed', entry: await recordResolution(begun, resolution, settings, ports), outcome: 'resolved' };
}

interface Success {
  readonly statusCode: number;
  readonly resolution?: Resolution;
}

function successOf(result: Extract<CallOutcome, { kind: 'ok' }>): Success {
  const { statusCode } = result;
  return { statusCode, resolution: 'resolution' in result ? result.resolution : undefined };
}

function makeCall(begun: LedgerEntry, settings: DependencySettings, ports: AttemptPorts): Promise<CallOutcome> {
  const operation = operationOf(begun);
  if (!begun.conflict) return ports.call(operation, settings, begun);
  const { call, log, conflicts } = ports;
  return resolveRound(begun, operation, settings, { call: refusePending(call), log, ...conflicts });
}

/** Classifies a call that did not succeed, and records the failure. */
async function handleFailedCall(
  begun: LedgerEntry,
  result: Exclude<CallOutcome, { kind: 'ok' | 'pending' }>,
  { settings, circuit }: { readonly settings: DependencySettings; readonly circuit: GuardedCall },
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
 * Asks the circuit, and for a durable retry the retry budget. Admits without asking when no call follows: the attempt
 * keeps their version, or only looks into the effects table.
 */
async function admit(
  entry: LedgerEntry,
  settings: DependencySettings,
  circuit: Breaker,
  now: number,
): Promise<AcquireResult | { readonly admitted: true; readonly permit?: undefined }> {
  if (keepsTheirs(entry) || wasCutOff(entry, settings, now)) return { admitted: true };
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

async function announce(
  entry: LedgerEntry,
  settings: DependencySettings,
  { ledger, newToken }: Pick<AttemptPorts, 'ledger' | 'newToken'>,
): Promise<LedgerEntry> {
  const begun = await ledger.beginAttempt(entry, {
    token: newToken(),
    until: ledger.now + leaseOf(entry, settings),
    uncertain: wasCutOff(entry, settings, ledger.now) ? 'interrupted' : undefined,
  });
  if (!begun) throw new BusyError('another attempt is in progress');
  return begun;
}

/**
 * Whether an earlier call was cut off and Backstop may make no other. An announcement that is still present belongs to
 * such a call. Only the effects table can tell whether that call took effect.
 */
function wasCutOff(entry: LedgerEntry, settings: DependencySettings, now: number): boolean {
  if (entry.inFlight === undefined) return false;
  const spent = entry.attempts >= entry.attemptLimit || now >= Date.parse(entry.deadline);
  return spent || !isRepeatable(entry, settings);
}

/** Holds the failure until the next poll. A running execution costs no attempt and does not count for the circuit. */
async function holdForExecution(
  begun: LedgerEntry,
  { forMs, awaited }: PendingCall,
  { ledger }: AttemptPorts,
): Promise<AttemptResult> {
  await ledger.withdrawAttempt(begun);
  return { kind: 'held', hold: { because: 'execution', until: ledger.now + forMs, awaited } };
}

/**
 * Withdraws the announcement, so that the attempt does not count.
 *
 * @throws BusyError if the effects table marks the call as in progress; otherwise `error`
 */
async function withdrawAndThrow(begun: LedgerEntry, error: unknown, { ledger }: AttemptPorts): Promise<never> {
  await ledger.withdrawAttempt(begun);
  throw busyIfInProgress(error, 'the call is marked as in progress');
}

async function recordFailure(
  begun: LedgerEntry,
  learned: CallFailureFacts,
  ports: AttemptPorts,
  statusCode?: number,
): Promise<AttemptResult> {
  const { kind, rule, effect } = learned.verdict;
  ports.log('attempt failed', { attempt: begun.attempts, verdict: kind, rule, effect, statusCode });
  const entry = await ports.ledger.recordFailedAttempt(begun, {
    ...learned,
    step: {
      at: iso(ports.ledger.now),
      step: 'attempt-failed',
      attempt: begun.attempts,
      tier: begun.tier,
      verdict: kind,
      rule,
      statusCode,
      conflict: learned.conflict?.end,
      question: learned.asked?.question.id,
      probe: learned.isProbe ? 'of the circuit' : undefined,
    },
  });
  if (!entry) throw new BusyError('the failure has moved on');
  return { kind: 'failed', entry };
}

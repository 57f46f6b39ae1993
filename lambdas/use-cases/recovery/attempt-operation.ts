import { randomUUID } from 'node:crypto';
import { BusyError, errorName, UnknownResultError } from '../../contract/errors.ts';
import { leaseOf, mayOutlastLease } from '../../contract/lease.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import { countsAgainst } from '../../domain/circuit/dependency-fault.ts';
import type { DecisionTimes } from '../../domain/conflict/build-question.ts';
import { keepsTheirs } from '../../domain/conflict/conflict-mode.ts';
import type { Resolution, RoundResult } from '../../domain/conflict/round-result.ts';
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
import { atOnce, type Call } from '../call.ts';
import type { Answer, Breaker } from '../circuit/breaker.ts';
import type { Circuits } from '../circuit/circuits.ts';
import { type GuardedCall, guardedCall } from '../circuit/guarded-call.ts';
import type { AskResolver } from '../conflict/advice.ts';
import { noteResolution } from '../conflict/note-resolution.ts';
import { resolveRound } from '../conflict/resolve-round.ts';
import { tellOfConflict, tellOfQuestion } from '../conflict/tell.ts';
import type { Effects } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log, Telemetry } from '../telemetry.ts';
import { effectKey, succeededBefore } from './effect-key.ts';

export interface AttemptTools {
  readonly ledger: Ledger;
  readonly effects: Effects;
  readonly circuits: Circuits;
  /** Makes the call; where that is about an execution, it may answer that this one is not over yet. */
  readonly call: Call<CallResult | PendingCall>;
  readonly conflicts: ConflictTools;
  readonly log: Log;
  readonly telemetry: Telemetry;
}

/** What is needed where a write has lost a race. */
export interface ConflictTools extends DecisionTimes {
  /** Makes a read whose answer is to be compared. */
  readonly read: Call;
  /** Asks the function that the dependency's config names. */
  readonly askResolver: AskResolver;
}

export type AttemptResult =
  | { readonly kind: 'healed'; readonly entry: LedgerEntry; readonly outcome: 'recovered' | 'resolved' }
  | { readonly kind: 'failed'; readonly entry: LedgerEntry }
  /** No call was made, and none may be before a time. */
  | { readonly kind: 'held'; readonly hold: Hold };

/**
 * Makes the operation's call once, if it may be made; where it has met a conflict, a round of fetch, compare, resubmit. First the
 * shared circuit is asked. The order of the rest keeps the promise that no effect happens twice: the call is announced in the
 * ledger, then marked as begun in the effects table, then made; its success is stored there before anything else is done with it.
 *
 * @throws BusyError where somebody else is at it: no call was made
 */
export async function attemptOperation(
  entry: LedgerEntry,
  settings: DependencySettings,
  tools: AttemptTools,
): Promise<AttemptResult> {
  const circuit = tools.circuits.of(settings, entry.tenant);
  const admission = await admit(entry, settings, circuit, tools.ledger.now);
  if (!admission.admitted) return { kind: 'held', hold: { because: admission.because, until: admission.retryAt } };
  const call = guardedCall(circuit, admission.permit);
  try {
    return await attemptAdmitted(entry, settings, tools, call);
  } finally {
    await call.withdraw();
  }
}

type Made = CallResult | RoundResult | PendingCall;

async function attemptAdmitted(
  entry: LedgerEntry,
  settings: DependencySettings,
  tools: AttemptTools,
  circuit: GuardedCall,
): Promise<AttemptResult> {
  const begun = await announce(entry, settings, tools.ledger);
  let result: Made | undefined;
  let resolution: Resolution | undefined;
  try {
    const lease = leaseOf(begun, settings);
    const before = await succeededBefore<Success>(begun, lease, tools.effects);
    const done =
      before ??
      (await tools.effects.once<Success>(effectKey(begun), lease, async () => {
        if (begun.uncertain === 'interrupted') throw new UnknownResultError('the call was cut off midway');
        if (mayOutlastLease(begun, settings, tools.ledger.now)) throw new BusyError('too little of the lease is left');
        result = await make(begun, settings, tools);
        if (result.kind !== 'ok') throw new CallFailed();
        return successOf(result);
      }));
    resolution = done.resolution;
  } catch (error) {
    if (error instanceof UnknownResultError) return failed(begun, analyzeInterruptedCall(begun, settings), tools);
    if (result === undefined) return standBack(begun, error, tools);
    if (!(error instanceof CallFailed)) tools.log('the effect could not be recorded', { cause: errorName(error) });
    if (result.kind === 'pending') return wait(begun, result, tools);
    if (result.kind !== 'ok') return failedCall(begun, result, { settings, circuit }, tools);
    resolution = successOf(result).resolution;
  }
  if (result !== undefined) await circuit.succeeded();
  if (!resolution) return { kind: 'healed', entry: begun, outcome: 'recovered' };
  return { kind: 'healed', entry: await noteResolution(begun, resolution, settings, tools), outcome: 'resolved' };
}

interface Success {
  readonly statusCode: number;
  readonly resolution?: Resolution;
}

function successOf(result: Extract<Made, { kind: 'ok' }>): Success {
  const { statusCode } = result;
  return 'resolution' in result ? { statusCode, resolution: result.resolution } : { statusCode };
}

function make(begun: LedgerEntry, settings: DependencySettings, tools: AttemptTools): Promise<Made> {
  const operation = operationOf(begun);
  if (!begun.conflict) return tools.call(operation, settings, begun);
  const { call, log, conflicts } = tools;
  return resolveRound(begun, operation, settings, { call: atOnce(call), log, ...conflicts });
}

/** Learns from a call that was made and did not succeed. */
async function failedCall(
  begun: LedgerEntry,
  result: Exclude<Made, { kind: 'ok' | 'pending' }>,
  { settings, circuit }: { readonly settings: DependencySettings; readonly circuit: GuardedCall },
  tools: AttemptTools,
): Promise<AttemptResult> {
  if (result.kind === 'failed') {
    const learned = analyzeFailedCall(result, begun, settings, tools.ledger.now);
    await (countsAgainst(learned.verdict) ? circuit.failed() : circuit.succeeded());
    const ended = await failed(begun, { ...learned, isProbe: circuit.isProbe }, tools, result.error.statusCode);
    if (learned.verdict.kind === 'conflict') tellOfConflict(begun, settings, tools.telemetry);
    return ended;
  }
  // The dependency itself has answered well.
  await circuit.succeeded();
  switch (result.kind) {
    case 'no-advice':
      return failed(begun, analyzeResolverFailure(), tools);
    case 'unresolvable':
      return failed(begun, recordUnresolvable(begun, result.because), tools);
    case 'undecided': {
      const { decisionMs, deadlineMs } = tools.conflicts;
      const times = { decisionMs, deadlineMs, durableAttempts: settings.retry.durableAttempts, now: tools.ledger.now };
      const learned = recordUndecided(begun, result, times);
      const ended = await failed(begun, learned, tools);
      if (learned.asked) tellOfQuestion(begun, result.because, settings, tools.telemetry);
      return ended;
    }
    default:
      return result satisfies never;
  }
}

/** Whether the call passes. Where none is made, because theirs is kept or only the effects table is looked at, nobody is asked. */
async function admit(
  entry: LedgerEntry,
  settings: DependencySettings,
  circuit: Breaker,
  now: number,
): Promise<Answer | { readonly admitted: true; readonly permit?: undefined }> {
  if (keepsTheirs(entry) || wasCutOff(entry, settings, now)) return { admitted: true };
  // A look at an execution is no retry.
  if (entry.tier === 'hot' || isAwaited(entry)) return circuit.ask();
  if (entry.paidFrom === undefined) return circuit.ask(settings.retryBudget);
  const paidFrom = Date.parse(entry.paidFrom);
  // Woken up before its turn: what is paid for once is not paid for again.
  return paidFrom > now ? { admitted: false, because: 'retry-budget', retryAt: paidFrom } : circuit.ask('paid');
}

function isAwaited({ awaited }: LedgerEntry): boolean {
  return awaited !== undefined && !awaited.hasFailed;
}

class CallFailed extends Error {
  override readonly name = 'CallFailed';
}

async function announce(entry: LedgerEntry, settings: DependencySettings, ledger: Ledger): Promise<LedgerEntry> {
  const begun = await ledger.beginAttempt(entry, {
    token: randomUUID(),
    until: ledger.now + leaseOf(entry, settings),
    ...(wasCutOff(entry, settings, ledger.now) ? { uncertain: 'interrupted' as const } : {}),
  });
  if (!begun) throw new BusyError('another attempt is under way');
  return begun;
}

/**
 * Whether an earlier call was cut off, and no other may be made. An announcement still there belongs to such a call; whether it
 * took effect, only the effects table may know.
 */
function wasCutOff(entry: LedgerEntry, settings: DependencySettings, now: number): boolean {
  if (entry.inFlight === undefined) return false;
  const spent = entry.attempts >= entry.attemptLimit || now >= Date.parse(entry.deadline);
  return spent || !isRepeatable(entry, settings);
}

/** Neither success nor failure yet: it costs no attempt, and says nothing of the dependency. */
async function wait(
  begun: LedgerEntry,
  { forMs, awaited }: PendingCall,
  { ledger }: AttemptTools,
): Promise<AttemptResult> {
  await ledger.withdrawAttempt(begun);
  return { kind: 'held', hold: { because: 'execution', until: ledger.now + forMs, awaited } };
}

/** No call was made: the announcement is taken back, so that it does not count. */
async function standBack(begun: LedgerEntry, error: unknown, { ledger }: AttemptTools): Promise<never> {
  await ledger.withdrawAttempt(begun);
  if (errorName(error) === 'IdempotencyAlreadyInProgressError') throw new BusyError('the call is marked as under way');
  throw error;
}

async function failed(
  begun: LedgerEntry,
  learned: CallFailureFacts,
  tools: AttemptTools,
  statusCode?: number,
): Promise<AttemptResult> {
  const { kind, rule, effect } = learned.verdict;
  tools.log('attempt failed', { attempt: begun.attempts, verdict: kind, rule, effect, statusCode });
  const entry = await tools.ledger.attemptFailed(begun, {
    ...learned,
    step: {
      at: new Date(tools.ledger.now).toISOString(),
      step: 'attempt-failed',
      attempt: begun.attempts,
      tier: begun.tier,
      verdict: kind,
      rule,
      statusCode,
      ...(learned.conflict?.end && { conflict: learned.conflict.end }),
      ...(learned.asked && { question: learned.asked.question.id }),
      ...(learned.isProbe && { probe: 'of the circuit' }),
    },
  });
  if (!entry) throw new BusyError('the failure has moved on');
  return { kind: 'failed', entry };
}

import { randomUUID } from 'node:crypto';
import type { HttpOperation } from '../boundary/failure.ts';
import type { CallResult } from '../boundary/http-call.ts';
import type { DependencySettings } from '../boundary/settings.ts';
import type { Answer, Breaker } from '../circuit/breaker.ts';
import { countsAgainst } from '../circuit/dependency-fault.ts';
import { type GuardedCall, guardedCall } from '../circuit/guarded-call.ts';
import type { Circuits } from '../circuit/open-circuits.ts';
import { classify } from '../classification/classify.ts';
import type { ReportedError } from '../classification/verdict.ts';
import { BusyError, errorName, UnknownResultError } from '../errors.ts';
import type { Effects } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Hold, Lesson } from '../ledger/ledger-changes.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { repeatableAfterAttempt } from './repeatable.ts';

export interface AttemptTools {
  readonly ledger: Ledger;
  readonly effects: Effects;
  readonly circuits: Circuits;
  /** Makes the call. It does not throw for what the dependency does. */
  readonly call: (operation: HttpOperation, settings: DependencySettings, entry: LedgerEntry) => Promise<CallResult>;
  readonly log: (message: string, facts: Record<string, unknown>) => void;
}

export type AttemptResult =
  | { readonly kind: 'healed'; readonly entry: LedgerEntry }
  | { readonly kind: 'failed'; readonly entry: LedgerEntry }
  /** No call was made, and none may be before a time. */
  | { readonly kind: 'held'; readonly hold: Hold };

/** For what is done around the call: writes, and the credential. */
const GRACE_MS = 5_000;

/**
 * Makes the operation's call once, if it may be made. First the shared circuit is asked. The order of the rest keeps the
 * promise that no effect happens twice: the call is announced in the ledger, then marked as begun in the effects table, then
 * made; its success is stored there before anything else is done with it.
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

async function attemptAdmitted(
  entry: LedgerEntry,
  settings: DependencySettings,
  tools: AttemptTools,
  circuit: GuardedCall,
): Promise<AttemptResult> {
  const begun = await announce(entry, settings, tools.ledger);
  let result: CallResult | undefined;
  try {
    await tools.effects.once(entry.id, leaseMs(settings), async () => {
      if (begun.uncertain === 'interrupted') throw new UnknownResultError('the call was cut off midway');
      if (isLate(begun, settings, tools.ledger.now)) throw new BusyError('too little of the lease is left');
      result = await tools.call(operationOf(begun), settings, begun);
      if (result.kind === 'failed') throw new CallFailed();
      return { statusCode: result.statusCode };
    });
    if (result !== undefined) await circuit.succeeded();
    return { kind: 'healed', entry: begun };
  } catch (error) {
    if (error instanceof UnknownResultError) return failed(begun, cutOff(begun, settings), tools);
    if (result === undefined) return standBack(begun, error, tools);
    if (!(error instanceof CallFailed)) tools.log('the effect could not be recorded', { cause: errorName(error) });
    if (result.kind === 'ok') {
      await circuit.succeeded();
      return { kind: 'healed', entry: begun };
    }
    const learned = learn(result.error, begun, settings, tools.ledger.now);
    await (countsAgainst(learned.verdict) ? circuit.failed() : circuit.succeeded());
    return failed(begun, { ...learned, isProbe: circuit.isProbe }, tools, result.error.statusCode);
  }
}

/** Whether the call passes. Where only the effects table is looked at, no call is made, and nobody needs to be asked. */
async function admit(
  entry: LedgerEntry,
  settings: DependencySettings,
  circuit: Breaker,
  now: number,
): Promise<Answer | { readonly admitted: true; readonly permit?: undefined }> {
  if (wasCutOff(entry, settings, now)) return { admitted: true };
  if (entry.tier === 'hot') return circuit.ask();
  if (entry.paidFrom === undefined) return circuit.ask(settings.retryBudget);
  const paidFrom = Date.parse(entry.paidFrom);
  // Woken up before its turn: what is paid for once is not paid for again.
  return paidFrom > now ? { admitted: false, because: 'retry-budget', retryAt: paidFrom } : circuit.ask('paid');
}

/** How long a call is under way, at most: it may be repeated once, with a fresh credential. */
export function leaseMs({ timeoutMs }: Pick<DependencySettings, 'timeoutMs'>): number {
  return 2 * timeoutMs + GRACE_MS;
}

/** Whether the call could outlast its lease, and so run beside somebody else's. */
function isLate({ inFlight }: LedgerEntry, { timeoutMs }: DependencySettings, now: number): boolean {
  return inFlight !== undefined && now + 2 * timeoutMs > Date.parse(inFlight.until);
}

class CallFailed extends Error {
  override readonly name = 'CallFailed';
}

async function announce(entry: LedgerEntry, settings: DependencySettings, ledger: Ledger): Promise<LedgerEntry> {
  const begun = await ledger.beginAttempt(entry, {
    token: randomUUID(),
    until: ledger.now + leaseMs(settings),
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
  return spent || !repeatableAfterAttempt(operationOf(entry), settings);
}

/** No call was made: the announcement is taken back, so that it does not count. */
async function standBack(begun: LedgerEntry, error: unknown, { ledger }: AttemptTools): Promise<never> {
  await ledger.withdrawAttempt(begun);
  if (errorName(error) === 'IdempotencyAlreadyInProgressError') throw new BusyError('the call is marked as under way');
  throw error;
}

type Learned = Omit<Lesson, 'step'>;

async function failed(
  begun: LedgerEntry,
  learned: Learned,
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
      ...(learned.isProbe && { probe: 'of the circuit' }),
    },
  });
  if (!entry) throw new BusyError('the failure has moved on');
  return { kind: 'failed', entry };
}

function learn(error: ReportedError, begun: LedgerEntry, settings: DependencySettings, now: number): Learned {
  const verdict = classify(error, { rules: settings.rules, refreshable: false, attempts: begun.attempts, now });
  const unsafe = verdict.effect === 'unknown' && !repeatableAfterAttempt(operationOf(begun), settings);
  return {
    verdict,
    ...(unsafe ? { uncertain: 'attempt' } : {}),
    ...(verdict.retryAfterMs === undefined ? {} : { notBefore: now + verdict.retryAfterMs }),
  };
}

/** A call that was cut off counts like one that timed out. */
function cutOff(begun: LedgerEntry, settings: DependencySettings): Learned {
  const unsafe = !repeatableAfterAttempt(operationOf(begun), settings);
  return {
    verdict: { ...begun.verdict, rule: 'interrupted', effect: 'unknown' },
    ...(unsafe ? { uncertain: 'attempt' as const } : {}),
  };
}

function operationOf(entry: LedgerEntry): HttpOperation {
  if (!entry.failure) throw new Error('the operation is no longer kept');
  return entry.failure.operation;
}

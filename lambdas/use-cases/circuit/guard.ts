import * as v from 'valibot';
import { TENANT } from '../../contract/names.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { DAY_MS, iso } from '../../contract/time.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { countsAgainst } from '../../domain/circuit/dependency-fault.ts';
import { classify } from '../../domain/classification/classify.ts';
import type { Breaker } from './breaker.ts';
import { machineMayBeginUntil } from './permit.ts';

export interface GuardPorts {
  readonly settings: (dependency: string) => DependencySettings | undefined;
  readonly circuits: {
    of(
      settings: DependencySettings,
      tenant?: string,
    ): Pick<Breaker, 'tryAcquire' | 'refresh' | 'succeeded' | 'failed' | 'withdraw'>;
  };
}

type GuardAnswer =
  /** `freshUntil`: RFC 3339. A call that begins later needs another permit. */
  | { readonly admitted: true; readonly permit: v.InferOutput<typeof Permit>; readonly freshUntil: string }
  /** `retryAt`: RFC 3339. */
  | { readonly admitted: false; readonly retryAt: string };

/** The config has no dependency of the name that the state machine gives. */
export class UnregisteredDependencyError extends Error {
  override readonly name = 'UnregisteredDependencyError';
}

const Permit = v.object({
  generation: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  at: v.optional(v.number()),
  probe: v.optional(v.string()),
});

/** A day. A longer block holds its place for this long only. */
const MAX_LEASE_MS = DAY_MS;

const Call = {
  dependency: v.string(),
  tenant: v.optional(v.pipe(v.string(), v.regex(TENANT))),
};

/** Input of the guard task: `ask` before a call, `report` after it, `withdraw` instead of it. */
const Request = v.variant('action', [
  v.object({
    action: v.literal('ask'),
    ...Call,
    /** How long the call may take, in milliseconds. */
    leaseMs: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_LEASE_MS))),
  }),
  v.object({
    action: v.literal('report'),
    ...Call,
    /** Null if the circuit could not be asked and the machine called the dependency anyway. */
    permit: v.nullable(Permit),
    /** Error output of Step Functions; absent if the call succeeded. */
    error: v.optional(v.object({ Error: v.optional(v.string()), Cause: v.optional(v.string()) })),
  }),
  v.object({ action: v.literal('withdraw'), ...Call, permit: Permit }),
]);

/**
 * Tells a state machine whether it may call a dependency, counts how its call ended, or takes its permit back.
 *
 * @throws UnregisteredDependencyError if the config has no such dependency
 * @throws ValiError if the input is invalid
 */
export async function guard(input: unknown, ports: GuardPorts): Promise<GuardAnswer | Record<string, never>> {
  const request = v.parse(Request, input);
  const settings = ports.settings(request.dependency);
  if (!settings) throw new UnregisteredDependencyError('the config does not have this dependency');
  const breaker = ports.circuits.of(settings, request.tenant);
  if (request.action === 'ask') {
    const answer = await breaker.tryAcquire(undefined, request.leaseMs);
    return answer.admitted
      ? { admitted: true, permit: answer.permit, freshUntil: iso(machineMayBeginUntil(answer.permit)) }
      : { admitted: false, retryAt: iso(answer.retryAt) };
  }
  if (request.action === 'withdraw') {
    await breaker.withdraw(request.permit);
    return {};
  }
  const { permit, error } = request;
  if (!permit) return {};
  // Another instance may have issued the permit. Refresh, or this one discards the permit's generation as outdated.
  await breaker.refresh();
  if (error && isDependencyFault(reportedError(error), settings)) await breaker.failed(permit);
  else await breaker.succeeded(permit);
  return {};
}

/** An error that no rule matches does not count: a bug in one state machine must not open the circuit for all. */
function isDependencyFault(error: ReportedError, { rules }: DependencySettings): boolean {
  return countsAgainst(classify(error, { rules, refreshable: false, attempts: 1, now: 0 }));
}

/** The classifier reads the JSON that Lambda and other services write into the cause. */
function reportedError({ Error: name, Cause: message }: { Error?: string; Cause?: string }): ReportedError {
  return { name, message };
}

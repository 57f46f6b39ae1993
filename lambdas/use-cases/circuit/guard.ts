import * as v from 'valibot';
import type { DependencySettings } from '../../contract/settings.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { countsAgainst } from '../../domain/circuit/dependency-fault.ts';
import { classify } from '../../domain/classification/classify.ts';
import type { Breaker } from './breaker.ts';

export interface GuardTools {
  readonly settings: (dependency: string) => DependencySettings | undefined;
  readonly circuits: {
    of(settings: DependencySettings, tenant?: string): Pick<Breaker, 'tryAcquire' | 'refresh' | 'succeeded' | 'failed'>;
  };
}

export type GuardAnswer =
  | { readonly admitted: true; readonly permit: v.InferOutput<typeof Permit> }
  /** `retryAt`: RFC 3339. */
  | { readonly admitted: false; readonly retryAt: string };

/** A state machine asks for a dependency that the config does not have, or has no more. */
export class UnregisteredDependencyError extends Error {
  override readonly name = 'UnregisteredDependencyError';
}

const Permit = v.object({
  generation: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  probe: v.optional(v.string()),
});

const Call = {
  dependency: v.string(),
  tenant: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,64}$/))),
};

/** What a state machine may ask for. */
const Request = v.variant('action', [
  v.object({ action: v.literal('ask'), ...Call }),
  v.object({
    action: v.literal('report'),
    ...Call,
    /** Null where the circuit could not be asked, and the call was made none the less. */
    permit: v.nullable(Permit),
    /** How Step Functions tells of an error; nothing where the call has succeeded. */
    error: v.optional(v.object({ Error: v.optional(v.string()), Cause: v.optional(v.string()) })),
  }),
]);

/**
 * Answers a state machine that would call a dependency, or counts how its call has ended.
 *
 * @throws UnregisteredDependencyError
 * @throws ValiError where the request is none
 */
export async function guard(input: unknown, tools: GuardTools): Promise<GuardAnswer | Record<string, never>> {
  const request = v.parse(Request, input);
  const settings = tools.settings(request.dependency);
  if (!settings) throw new UnregisteredDependencyError('the config has no such dependency');
  const breaker = tools.circuits.of(settings, request.tenant);
  if (request.action === 'ask') {
    const answer = await breaker.tryAcquire();
    return answer.admitted
      ? { admitted: true, permit: answer.permit }
      : { admitted: false, retryAt: new Date(answer.retryAt).toISOString() };
  }
  const { permit, error } = request;
  if (!permit) return {};
  // Another instance may have given the permit; this one, not knowing of its generation, would take it for a late one.
  await breaker.refresh();
  if (error && isDependencyFault(reportedError(error), settings)) await breaker.failed(permit);
  else await breaker.succeeded(permit);
  return {};
}

/** What no rule knows says nothing of the dependency: a bug in one machine must not stop all others. */
function isDependencyFault(error: ReportedError, { rules }: DependencySettings): boolean {
  return countsAgainst(classify(error, { rules, refreshable: false, attempts: 1, now: 0 }));
}

/** How a Lambda function tells of its errors, in the text of a cause. */
const LambdaCause = v.object({ errorType: v.optional(v.string()), errorMessage: v.string() });

function reportedError({ Error: name, Cause = '' }: { Error?: string; Cause?: string }): ReportedError {
  const cause = v.safeParse(v.pipe(v.string(), v.parseJson(), LambdaCause), Cause);
  if (!cause.success) return { name, message: Cause };
  return { name: name ?? cause.output.errorType, message: cause.output.errorMessage };
}

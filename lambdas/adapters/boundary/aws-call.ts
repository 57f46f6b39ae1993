import type { AwsSettings } from '../../contract/settings.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import type { CallResult } from '../../domain/boundary/call-result.ts';
import { networkError } from '../../domain/boundary/network-error.ts';

/** The config's ARN did not reach the function: a mistake of ours. */
export class NoTargetError extends Error {
  override readonly name = 'NoTargetError';
}

/** The parts of an ARN, as far as calls need them. */
export interface Arn {
  readonly text: string;
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** All behind the account. */
  readonly resource: string;
}

/** @throws NoTargetError where the environment of the function names no target */
export function targetOf({ name, targetArn }: AwsSettings): Arn {
  const [arn, partition, , region, account, ...resource] = targetArn?.split(':') ?? [];
  if (arn !== 'arn' || !partition || !region || !account || !targetArn)
    throw new NoTargetError(`${name} has no target`);
  return { text: targetArn, partition, region, account, resource: resource.join(':') };
}

/**
 * Makes a call to a service of AWS within its time. Whatever the service answers is a result.
 *
 * @param service goes before the name of an error, so that a rule can tell the service's own refusal from what came from behind it
 */
export async function callAws<Result>(
  service: string,
  { timeoutMs }: Pick<AwsSettings, 'timeoutMs'>,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | Extract<CallResult, { kind: 'failed' }>> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await call(signal);
  } catch (error) {
    if (error instanceof NoTargetError) throw error;
    if (signal.aborted) return failed({ name: 'TimeoutError', message: `no answer within ${timeoutMs} ms` });
    return failed(isRefusal(error) ? refusal(service, error) : networkError(error));
  }
}

export function failed(error: ReportedError): Extract<CallResult, { kind: 'failed' }> {
  return { kind: 'failed', error };
}

/** What the errors of the SDK carry. */
interface Refusal extends Error {
  readonly $metadata: { readonly httpStatusCode?: number };
  readonly retryAfterSeconds?: string;
}

/** The service has answered; an error without a status is one of the connection. */
function isRefusal(error: unknown): error is Refusal {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const { $metadata } = error;
  return typeof $metadata === 'object' && $metadata !== null && 'httpStatusCode' in $metadata;
}

/** Without the status, which is 400 for nearly everything, a throttled call included; and without the message, which may quote data. */
function refusal(service: string, { name, retryAfterSeconds, $metadata: { httpStatusCode } }: Refusal): ReportedError {
  const message = `the service answered ${httpStatusCode}`;
  const headers = retryAfterSeconds === undefined ? {} : { headers: { 'retry-after': retryAfterSeconds } };
  return { name: `${service}.${name}`, message, ...headers };
}

import { BusyError } from '../../contract/errors.ts';
import type { AwsSettings } from '../../contract/settings.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import type { CallResult } from '../../domain/boundary/call-result.ts';
import { networkError } from '../../domain/boundary/network-error.ts';
import type { Departure } from '../../use-cases/departure.ts';
import { settledInTime } from './settled-in-time.ts';

/** Longest time to connect to a service, in milliseconds. Services answer in the same region or account. */
export const AWS_CONNECT_MS = 1_000;
/** The SDK's own message: its error has no code, and the name of every timeout. */
const NO_CONNECTION = /did not establish a connection/;

/** The function's environment lacks the ARN of the dependency: a bug in Backstop. */
export class NoTargetError extends Error {
  override readonly name = 'NoTargetError';
}

/** The parts of an ARN that calls need. */
export interface Arn {
  readonly text: string;
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** Everything after the account. */
  readonly resource: string;
}

/** @throws NoTargetError if the function's environment has no ARN of the dependency */
export function targetOf({ name, targetArn }: AwsSettings): Arn {
  const [arn, partition, , region, account, ...resource] = targetArn?.split(':') ?? [];
  if (arn !== 'arn' || !partition || !region || !account || !targetArn)
    throw new NoTargetError(`${name} has no target`);
  return { text: targetArn, partition, region, account, resource: resource.join(':') };
}

/**
 * Calls an AWS service within the dependency's timeout. Whatever the service answers is a result, not an exception.
 *
 * @param service prefix of error names, so that rules can tell the service's own errors from those of its target
 * @throws NoTargetError if the call needs an ARN that the function does not have; otherwise what `depart` throws
 */
export async function callAws<Result>(
  service: string,
  { timeoutMs }: Pick<AwsSettings, 'timeoutMs'>,
  depart: Departure,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | Extract<CallResult, { kind: 'failed' }>> {
  depart(timeoutMs);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await settledInTime(call(signal), signal, timeoutMs);
  } catch (error) {
    if (error instanceof NoTargetError || error instanceof BusyError) throw error;
    if (signal.aborted) return failed({ name: 'TimeoutError', message: `no answer within ${timeoutMs} ms` });
    if (error instanceof Error && NO_CONNECTION.test(error.message)) return failed(NOT_CONNECTED);
    return failed(isRefusal(error) ? refusal(service, error) : networkError(error));
  }
}

/** Proves that nothing was sent. */
const NOT_CONNECTED: ReportedError = {
  code: 'ERR_SOCKET_CONNECTION_TIMEOUT',
  message: `no connection within ${AWS_CONNECT_MS} ms`,
};

export function failed(error: ReportedError): Extract<CallResult, { kind: 'failed' }> {
  return { kind: 'failed', error };
}

/** An error that the service answered, as the SDK throws it. */
interface Refusal extends Error {
  readonly $metadata: { readonly httpStatusCode?: number };
  readonly retryAfterSeconds?: string;
}

/** Whether the service answered. An error without a status is a connection error. */
function isRefusal(error: unknown): error is Refusal {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const { $metadata } = error;
  return typeof $metadata === 'object' && $metadata !== null && 'httpStatusCode' in $metadata;
}

/** Omits the status, which is 400 for nearly every error, even throttling; and the message, which may quote data. */
function refusal(service: string, { name, retryAfterSeconds, $metadata: { httpStatusCode } }: Refusal): ReportedError {
  return {
    name: `${service}.${name}`,
    message: `the service answered ${httpStatusCode}`,
    headers: retryAfterSeconds === undefined ? undefined : { 'retry-after': retryAfterSeconds },
  };
}

import type { ReportedError, Verdict } from '../../contract/verdict.ts';
import { networkError } from '../boundary/network-error.ts';
import { classify } from '../classification/classify.ts';

/** Fields in which HTTP clients store a response's status. */
interface WithStatus {
  readonly statusCode?: unknown;
  readonly status?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly response?: { readonly statusCode?: unknown; readonly status?: unknown };
}

/**
 * Whether an error shows that the dependency is down or overloaded. Caller errors and unknown errors don't count: a bug
 * in one function must not block all others.
 */
export function isDependencyFault(error: unknown): boolean {
  return countsAgainst(classify(toReportedError(error), { rules: [], refreshable: false, attempts: 1, now: 0 }));
}

/** Whether a verdict counts against the dependency. Permanent and expected errors are the caller's. */
export function countsAgainst({ kind }: Pick<Verdict, 'kind'>): boolean {
  return kind === 'transient' || kind === 'throttled';
}

function toReportedError(error: unknown): ReportedError {
  if (typeof error !== 'object' || error === null) return { name: typeof error };
  const statusCode = statusOf(error);
  if (statusCode !== undefined) return { statusCode };
  const { name, code, message } = error as Error & { readonly code?: unknown };
  const network = networkError(error);
  if (network.code !== undefined) return network;
  // Without network details, keep the error's own name, so that it does not pass for a network failure.
  const errorName = network.name === 'NetworkError' ? name : network.name;
  // DOMException's numeric codes are not gRPC statuses.
  const isNumbered = typeof code === 'number' && !(error instanceof DOMException);
  return { name: String(errorName), message: String(message), ...(isNumbered && { code: String(code) }) };
}

function statusOf({ statusCode, status, $metadata, response }: WithStatus): number | undefined {
  const found = [statusCode, status, $metadata?.httpStatusCode, response?.statusCode, response?.status];
  return found.find((value): value is number => Number.isInteger(value) && Number(value) >= 100 && Number(value) < 600);
}

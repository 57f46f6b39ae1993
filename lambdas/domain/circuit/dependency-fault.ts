import type { ReportedError, Verdict } from '../../contract/verdict.ts';
import { networkError } from '../boundary/network-error.ts';
import { classify } from '../classification/classify.ts';

/** Where HTTP clients keep the status of an answer. */
interface WithStatus {
  readonly statusCode?: unknown;
  readonly status?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly response?: { readonly statusCode?: unknown; readonly status?: unknown };
}

/**
 * Whether an error says that the dependency is down or overloaded. The caller's own faults, and what no rule knows, say nothing
 * of the dependency: a bug in one function must not stop all others.
 */
export function isDependencyFault(error: unknown): boolean {
  return countsAgainst(classify(reported(error), { rules: [], refreshable: false, attempts: 1, now: 0 }));
}

/** Only these count against a dependency: an error that is permanent or expected is the caller's. */
export function countsAgainst({ kind }: Pick<Verdict, 'kind'>): boolean {
  return kind === 'transient' || kind === 'throttled';
}

function reported(error: unknown): ReportedError {
  if (typeof error !== 'object' || error === null) return { name: typeof error };
  const statusCode = statusOf(error);
  if (statusCode !== undefined) return { statusCode };
  const { name, code, message } = error as Error & { readonly code?: unknown };
  const behind = networkError(error);
  if (behind.code !== undefined) return behind;
  // Where nothing else tells of the network, it would be called a fault of the network all the same.
  const telling = behind.name === 'NetworkError' ? name : behind.name;
  // The numbers of DOMException are no gRPC statuses.
  const isNumbered = typeof code === 'number' && !(error instanceof DOMException);
  return { name: String(telling), message: String(message), ...(isNumbered && { code: String(code) }) };
}

function statusOf({ statusCode, status, $metadata, response }: WithStatus): number | undefined {
  const found = [statusCode, status, $metadata?.httpStatusCode, response?.statusCode, response?.status];
  return found.find((value): value is number => Number.isInteger(value) && Number(value) >= 100 && Number(value) < 600);
}

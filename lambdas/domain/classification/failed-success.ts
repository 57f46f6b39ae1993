import { isPlainObject } from '../../contract/json-round-trip.ts';
import type { OwnRule } from '../../contract/settings.ts';
import type { ReportedError } from '../../contract/verdict.ts';

/** Name of the error of a success that a rule of the dependency calls a failure. Its code is the rule's name. */
export const FAILED_SUCCESS = 'FailedSuccess';

/** Longest body that rules read, in characters. */
const MAX_TEXT = 65_536;

/** Whether rules of the dependency read successes at all. Nothing else reads their bodies. */
export function readsSuccesses(rules: readonly OwnRule[]): boolean {
  return rules.some(({ when }) => when.successIncludes !== undefined);
}

/** The error that a success is, by the first of the dependency's own rules that match it. */
export function failedSuccess(
  rules: readonly OwnRule[],
  { statusCode, text = '' }: { readonly statusCode: number; readonly text?: string | undefined },
): ReportedError | undefined {
  const body = comparable(text.slice(0, MAX_TEXT));
  const rule = rules.find(
    ({ when: { successIncludes, statusCodes } }) =>
      successIncludes !== undefined &&
      (statusCodes === undefined || statusCodes.includes(statusCode)) &&
      body.includes(comparable(successIncludes)),
  );
  if (rule === undefined) return undefined;
  const message = `the dependency answered ${statusCode}, which a rule calls a failure`;
  return { name: FAILED_SUCCESS, code: rule.name, statusCode, message };
}

/** In one case and without spaces, which JSON may have anywhere between its parts. */
function comparable(text: string): string {
  return text.toLowerCase().replace(/\s/g, '');
}

/**
 * The error that a success of gRPC is: the status of the HTTP answer is 200 whatever the header `grpc-status` says
 * (gRPC over HTTP2, "Responses").
 */
export function grpcFailure(headers: Headers): ReportedError | undefined {
  const status = headers.get('grpc-status')?.trim() ?? '';
  if (!/^\d{1,2}$/.test(status) || Number(status) === 0) return undefined;
  return {
    name: 'GrpcError',
    code: String(Number(status)),
    protocol: 'grpc',
    message: `the dependency answered grpc-status ${status}`,
  };
}

/**
 * The error that the result of a function is. A function behind an API answers with a status (Lambda proxy
 * integration), and one behind a queue with the messages that failed (partial batch responses).
 */
export function resultFailure(result: unknown): ReportedError | undefined {
  if (!isPlainObject(result)) return undefined;
  const { statusCode, batchItemFailures } = result;
  if (typeof statusCode === 'number' && Number.isInteger(statusCode) && statusCode >= 400 && statusCode <= 599)
    return { name: 'HttpError', statusCode, message: `the function answered ${statusCode}` };
  if (!Array.isArray(batchItemFailures) || batchItemFailures.length === 0) return undefined;
  return { name: 'BatchItemFailures', message: `the function reported ${batchItemFailures.length} failed items` };
}

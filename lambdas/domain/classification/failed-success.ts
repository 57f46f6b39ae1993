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

/** Code of the error that a challenge is. The firewall has let nothing pass. */
export const CHALLENGED = 'ERR_HTTP_CHALLENGED';

/** The error that a success is by its headers. */
export function headerFailure(status: number, headers: Headers): ReportedError | undefined {
  return challenge(status, headers) ?? grpcFailure(headers);
}

/**
 * AWS WAF answers a call that it blocks with 202, if it wants a browser to prove itself (AWS WAF, "CAPTCHA and
 * Challenge action behavior").
 */
function challenge(status: number, headers: Headers): ReportedError | undefined {
  const action = headers.get('x-amzn-waf-action')?.trim().toLowerCase();
  if (action !== 'challenge' && action !== 'captcha') return undefined;
  // Without the status, which would say that the call was accepted.
  const message = `a firewall answered ${status} to demand a ${action}, and let nothing pass`;
  return { name: 'ChallengedError', code: CHALLENGED, message };
}

/**
 * The status of gRPC. That of the HTTP answer is 200 whatever the header `grpc-status` says (gRPC over HTTP2,
 * "Responses").
 */
function grpcFailure(headers: Headers): ReportedError | undefined {
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

import { BusyError } from '../../contract/errors.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import type { HttpSettings } from '../../contract/settings.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { answerCode } from '../../domain/boundary/answer-code.ts';
import type { CallResult, ResponseBody } from '../../domain/boundary/call-result.ts';
import { checkpointOf } from '../../domain/boundary/checkpoint.ts';
import { buildRequest, type Credential } from '../../domain/boundary/http-request.ts';
import { networkError } from '../../domain/boundary/network-error.ts';
import { relevantHeaders } from '../../domain/boundary/response-headers.ts';
import { failedSuccess, headerFailure, readsSuccesses } from '../../domain/classification/failed-success.ts';
import { CREDENTIAL_ROTATING } from '../../domain/classification/http-rules.ts';
import { MULTI_STATUS, multiStatusFailure } from '../../domain/classification/multi-status.ts';
import { answerExcerpt } from '../../domain/excerpt/answer-excerpt.ts';
import { IDEMPOTENT_METHODS } from '../../domain/recovery/repeatable.ts';
import type { Departure } from '../../use-cases/departure.ts';
import type { Credentials } from './credentials.ts';
import { mayKeep, readBody } from './http-body.ts';
import { type HttpAnswer, requestSender, type SendRequest } from './http-connection.ts';
import { settledInTime } from './settled-in-time.ts';
import { isUnsent } from './unsent-error.ts';

export interface CallContext {
  readonly idempotencyKey: string;
  readonly correlationId: string;
  readonly credentials: Credentials;
  /**
   * Whether to return the body of a success. `to-compare` includes `no-store` bodies, which nothing stores.
   *
   * @default false
   */
  readonly keepBody?: boolean | 'to-compare';
  /** Asked right before each request leaves. @default - every request may leave */
  readonly depart?: Departure;
  /** @default - a sender that all calls share */
  readonly sendRequest?: SendRequest;
}

const sharedSender = requestSender();

const UNAUTHORIZED = 401;
const NOT_MODIFIED = 304;
/** Longest time to connect, in milliseconds: enough for a packet that is lost twice. */
const MAX_CONNECT_MS = 3_000;

/**
 * Calls an HTTP API. Whatever the dependency answers is a result, not an exception. A 401 has no effect at the
 * dependency. If the secret has changed since, one more call uses the new one. Each of the two calls has the full
 * timeout. While the secret rotates, dependency and Secrets Manager disagree, so a 401 is worth another try later.
 *
 * @throws what `depart` throws, UnsafeRequestError, BaseUrlError, CredentialError, or what fetching the secret throws;
 * no call has taken effect
 */
export async function callDependency(
  operation: HttpOperation,
  settings: HttpSettings,
  context: CallContext,
): Promise<CallResult> {
  const { auth } = settings;
  const { credentials } = context;
  const credential = await credentials.get(auth);
  const first = await send(operation, settings, context, credential);
  if (!isRefused(first) || !auth || !credential) return first;
  // Without another secret the 401 stands, because a call with the old one would fail again.
  const hasChanged = await credentials.refresh(auth, credential);
  const last = hasChanged ? await send(operation, settings, context, await credentials.get(auth)) : first;
  return isRefused(last) && (await credentials.isRotating(auth)) ? { ...last, error: ROTATING } : last;
}

function isRefused(result: CallResult): result is Extract<CallResult, { readonly kind: 'failed' }> {
  return result.kind === 'failed' && result.error.statusCode === UNAUTHORIZED;
}

/** Without the status, which says that no other try would help. */
const ROTATING: ReportedError = {
  name: 'CredentialRotatingError',
  code: CREDENTIAL_ROTATING,
  message: 'the dependency answered 401 while its secret was rotated',
};

/** A success of which nobody knows whether its body says otherwise. */
const BROKEN_OFF: ReportedError = {
  code: 'ERR_STREAM_PREMATURE_CLOSE',
  message: 'the answer broke off before its end',
};

async function send(
  operation: HttpOperation,
  settings: HttpSettings,
  { idempotencyKey, correlationId, keepBody = false, depart, sendRequest = sharedSender }: CallContext,
  credential: Credential | undefined,
): Promise<CallResult> {
  const { url, ...request } = buildRequest(operation, settings, { idempotencyKey, correlationId, credential });
  const signal = AbortSignal.timeout(settings.timeoutMs);
  let response: HttpAnswer;
  try {
    const answered = sendRequest(url, {
      ...request,
      signal,
      // The connection has a time of its own, so that a hanging one leaves time for another attempt.
      connectTimeoutMs: Math.min(MAX_CONNECT_MS, settings.timeoutMs),
      mayReuseConnection: IDEMPOTENT_METHODS.has(request.method),
      depart: () => depart?.(settings.timeoutMs),
    });
    response = await settledInTime(answered, signal, settings.timeoutMs);
  } catch (error) {
    if (error instanceof BusyError) throw error;
    if (!signal.aborted || isUnsent(error)) return { kind: 'failed', error: networkError(error) };
    return { kind: 'failed', error: { name: 'TimeoutError', message: `no answer within ${settings.timeoutMs} ms` } };
  }
  const isMatched = response.ok && (response.status === MULTI_STATUS || readsSuccesses(settings.rules));
  const wanted = isMatched ? 'to-match' : response.ok ? keepBody : 'to-judge';
  const read = settledInTime(readBody(response, wanted), signal, settings.timeoutMs);
  const { answer, isBroken } = await read.then(
    (whole) => ({ answer: whole, isBroken: false }),
    () => ({ answer: undefined, isBroken: true }),
  );
  // The status decides the result. A body that breaks off changes it only where a success may be none by its body.
  if (!response.ok && response.status !== NOT_MODIFIED) return failureOf(response, answer, settings);
  if (isMatched && isBroken) return { kind: 'failed', error: BROKEN_OFF };
  const error = response.ok ? successError(response, answer, settings) : undefined;
  if (error) return { kind: 'failed', error, excerpt: excerptOf(answer, settings) };
  const body = wanted !== keepBody && !mayKeep(response.headers, keepBody) ? undefined : answer;
  const kept = keepBody === 'to-compare' ? relevantHeaders(response.headers) : undefined;
  return { kind: 'ok', statusCode: response.status, body, headers: kept };
}

/** The error that a success is by its own words. */
function successError(
  { status, headers }: HttpAnswer,
  body: ResponseBody | undefined,
  { rules }: HttpSettings,
): ReportedError | undefined {
  return (
    failedSuccess(rules, { statusCode: status, text: body?.text }) ??
    headerFailure(status, headers) ??
    (status === MULTI_STATUS ? multiStatusFailure(body?.text) : undefined)
  );
}

function excerptOf(
  body: ResponseBody | undefined,
  { excerpt: most, conflict: { sensitive } }: HttpSettings,
): string | undefined {
  return answerExcerpt(body?.text, { most, sensitive });
}

function failureOf(
  { status, headers }: HttpAnswer,
  body: ResponseBody | undefined,
  settings: HttpSettings,
): CallResult {
  const code = answerCode(status, headers, body?.text);
  return {
    kind: 'failed',
    error: {
      name: 'HttpError',
      message: `the dependency answered ${status}`,
      statusCode: status,
      code,
      headers: relevantHeaders(headers),
    },
    excerpt: excerptOf(body, settings),
    checkpoint: checkpointOf(headers),
  };
}

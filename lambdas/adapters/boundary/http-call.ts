import type { HttpOperation } from '../../contract/failure.ts';
import type { HttpSettings } from '../../contract/settings.ts';
import { answerCode } from '../../domain/boundary/answer-code.ts';
import type { CallResult, ResponseBody } from '../../domain/boundary/call-result.ts';
import { buildRequest, type Credential } from '../../domain/boundary/http-request.ts';
import { networkError } from '../../domain/boundary/network-error.ts';
import { relevantHeaders } from '../../domain/boundary/response-headers.ts';
import type { Credentials } from './credentials.ts';
import { readBody } from './http-body.ts';

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
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
}

const UNAUTHORIZED = 401;
const NOT_MODIFIED = 304;

/**
 * Calls an HTTP API. Whatever the dependency answers is a result, not an exception. A 401 has no effect at the
 * dependency, so if the secret has been rotated, the call is made once more with the new one. Each of the two calls has
 * the full timeout.
 *
 * @throws UnsafeRequestError, CredentialError, or what fetching the secret throws; no call has taken effect
 */
export async function callDependency(
  operation: HttpOperation,
  settings: HttpSettings,
  context: CallContext,
): Promise<CallResult> {
  const { auth } = settings;
  const credential = await context.credentials.get(auth);
  const result = await send(operation, settings, context, credential);
  const refused = result.kind === 'failed' && result.error.statusCode === UNAUTHORIZED;
  if (!refused || !auth || !credential) return result;
  // Without a fresh secret the 401 stands, because a call with the old one would fail again.
  const renewed = await context.credentials.refresh(auth, credential).catch(() => false);
  if (!renewed) return result;
  return send(operation, settings, context, await context.credentials.get(auth));
}

async function send(
  operation: HttpOperation,
  settings: HttpSettings,
  { idempotencyKey, correlationId, keepBody = false, fetch = globalThis.fetch }: CallContext,
  credential: Credential | undefined,
): Promise<CallResult> {
  const extras = { idempotencyKey, correlationId, ...(credential && { credential }) };
  const { url, init } = buildRequest(operation, settings, extras);
  const signal = AbortSignal.timeout(settings.timeoutMs);
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal });
  } catch (error) {
    if (!signal.aborted) return { kind: 'failed', error: networkError(error) };
    return { kind: 'failed', error: { name: 'TimeoutError', message: `no answer within ${settings.timeoutMs} ms` } };
  }
  // The status decides the result. A body that is incomplete, slow or endless does not change it.
  const body = await readBody(response, response.ok ? keepBody : 'to-compare');
  return resultOf(response, body, keepBody);
}

function resultOf(
  { ok, status, headers }: Response,
  body: ResponseBody | undefined,
  keepBody: CallContext['keepBody'],
): CallResult {
  if (ok || status === NOT_MODIFIED) {
    const kept = keepBody === 'to-compare' && { headers: relevantHeaders(headers) };
    return { kind: 'ok', statusCode: status, ...(body && { body }), ...kept };
  }
  const code = answerCode(status, headers, body?.text);
  return {
    kind: 'failed',
    error: {
      name: 'HttpError',
      message: `the dependency answered ${status}`,
      statusCode: status,
      ...(code !== undefined && { code }),
      headers: relevantHeaders(headers),
    },
  };
}

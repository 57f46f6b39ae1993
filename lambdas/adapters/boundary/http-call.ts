import type { HttpOperation } from '../../contract/failure.ts';
import type { HttpSettings } from '../../contract/settings.ts';
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
  /** Answers with the body of a success; to be compared, which is no keeping, also where that is forbidden. @default false */
  readonly keepBody?: boolean | 'to-compare';
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
}

const UNAUTHORIZED = 401;
const NOT_MODIFIED = 304;

/**
 * Makes the operation's call. Whatever the dependency does is a result. A 401 has no effect at the dependency, so where the
 * secret has been rotated meanwhile, the call is made once more with the new one; each of the two may take the timeout.
 *
 * @throws UnsafeRequestError, CredentialError, or what fetching the secret throws: no call has taken effect
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
  // Where no fresh secret can be had, the 401 stands: asking again with the old one would change nothing.
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
  // The status has said what became of the operation: a body that breaks off, drags on or never ends changes nothing of it.
  const body = await readBody(response, keepBody);
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
  return {
    kind: 'failed',
    error: {
      name: 'HttpError',
      message: `the dependency answered ${status}`,
      statusCode: status,
      headers: relevantHeaders(headers),
    },
  };
}

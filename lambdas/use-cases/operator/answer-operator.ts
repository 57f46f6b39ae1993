import * as v from 'valibot';
import { errorName } from '../../contract/errors.ts';
import { OPERATOR_ROUTES } from '../../contract/operator-routes.ts';
import { parseOperatorCall, routeOf } from '../../domain/operator/operator-call.ts';
import { REFUSALS } from './desk.ts';
import type { DeskPorts } from './desk-ports.ts';
import { perform } from './operator-desk.ts';

/** Event of an HTTP API, version 2.0. API Gateway adds `iam` once it has checked the signature. */
const Request = v.object({
  requestContext: v.object({
    authorizer: v.optional(v.object({ iam: v.optional(v.object({ userArn: v.pipe(v.string(), v.minLength(1)) })) })),
  }),
  routeKey: v.string(),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.boolean(), false),
});

interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Name of the error while another invocation does the same request. */
const IN_PROGRESS = 'IdempotencyAlreadyInProgressError';

/** The body of a refusal. */
export interface Refusal {
  readonly error: { readonly name: string; readonly message: string };
}

/**
 * Answers a request of the operator's tool. The result is JSON; a refusal has status 409, and a request without a valid
 * operation 400. A caller without an AWS identity, or on the route of another operation, gets 403, and a repetition of
 * a request in progress 503.
 *
 * @throws ValiError if `event` is not an event of an HTTP API; otherwise what the operation throws
 */
export async function answerOperator(event: unknown, ports: DeskPorts): Promise<Response> {
  const { requestContext, routeKey, body, isBase64Encoded } = v.parse(Request, event);
  const principal = requestContext.authorizer?.iam?.userArn;
  if (principal === undefined) return refuse(403, 'AccessDenied', 'sign the request with AWS credentials');
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
  const call = readCall(text);
  if (typeof call === 'string') return refuse(400, 'BadRequest', call);
  if (OPERATOR_ROUTES[routeOf(call.operation, call.args)] !== routeKey)
    return refuse(403, 'AccessDenied', 'this route takes another operation');
  try {
    const work = async () => JSON.stringify(await perform(call.operation, call.args, principal, ports));
    const { request } = call;
    // Nothing may keep what a look returns.
    if (request === undefined || routeKey !== OPERATOR_ROUTES.act) return answer(200, await work());
    // The text is part of the key, so that no other operation under the same id gets this one's result.
    return answer(200, await ports.once(`${principal} ${request} ${text}`, work));
  } catch (error) {
    if (errorName(error) === IN_PROGRESS) return refuse(503, 'InProgress', 'the same request is in progress');
    if (error instanceof Error && REFUSALS.has(error.name)) return refuse(409, error.name, error.message);
    throw error;
  }
}

/** Returns what is wrong if the body is not a valid operation. Names fields only, because values may be payload. */
function readCall(body: string): ReturnType<typeof parseOperatorCall> | string {
  try {
    return parseOperatorCall(JSON.parse(body));
  } catch (error) {
    if (!v.isValiError(error)) return 'the body must be JSON';
    const fields = error.issues.map((issue) => v.getDotPath(issue) ?? 'operation');
    return `not a valid operation: ${[...new Set(fields)].join(', ')}`;
  }
}

function refuse(statusCode: number, name: string, message: string): Response {
  const body: Refusal = { error: { name, message } };
  return answer(statusCode, JSON.stringify(body));
}

function answer(statusCode: number, body: string): Response {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    body,
  };
}

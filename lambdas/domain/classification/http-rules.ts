import { CHALLENGED } from './failed-success.ts';
import { PARTS_FAILED } from './multi-status.ts';
import { codeIn, mayRefresh, type Rule, rule, status, statusBetween } from './rule.ts';

/** Code of a 401 while the secret is rotated. */
export const CREDENTIAL_ROTATING = 'ERR_CREDENTIAL_ROTATING';

/** The HTTP status takes precedence over name, code and message. Backstop never follows redirects. */
export const HTTP_RULES: readonly Rule[] = [
  // Successes by their status. A repetition would meet the firewall again, and one of a batch repeat what is done.
  rule('http-challenged', 'permanent', 'authentication', 'none', codeIn(CHALLENGED)),
  rule('http-parts-failed', 'permanent', 'data-integrity', 'unknown', codeIn(PARTS_FAILED)),
  // 420 is older than 429, and some APIs still use it.
  rule('http-throttled', 'throttled', 'resource-exhaustion', 'none', status(420, 429)),
  // Proxies answer 503 after losing the connection to a server that may have completed the work. Some add Retry-After.
  rule(
    'http-unavailable-until',
    'throttled',
    'external-dependency',
    'unknown',
    status(503),
    (it) => it.waitMs !== undefined,
  ),
  rule('http-unavailable', 'transient', 'external-dependency', 'unknown', status(503)),
  // Some services answer 408 after starting the work: clients of Azure Cosmos DB repeat no write then.
  rule('http-request-timeout', 'transient', 'timeout-or-deadlock', 'unknown', status(408)),
  rule('http-too-early', 'transient', 'external-dependency', 'none', status(425)),
  // RFC 9110, section 15.5.14: with Retry-After, the refusal is temporary.
  rule(
    'http-too-large-until',
    'throttled',
    'resource-exhaustion',
    'none',
    status(413),
    (it) => it.waitMs !== undefined,
  ),
  // RFC 9110, section 15.5.20: the request may go out again, over another connection.
  rule('http-misdirected', 'transient', 'external-dependency', 'none', status(421)),
  // The resource is locked (RFC 4918), or the service asks for the same request again (Azure's 449).
  rule('http-locked', 'transient', 'timeout-or-deadlock', 'none', status(423, 449, 477)),
  rule('http-conflict', 'conflict', 'data-integrity', 'none', status(409)),
  rule('http-precondition', 'conflict', 'data-integrity', 'none', status(412, 428)),
  rule('http-credential-rotating', 'transient', 'authentication', 'none', codeIn(CREDENTIAL_ROTATING)),
  rule('http-credentials-stale', 'transient', 'authentication', 'none', status(401), mayRefresh),
  rule('http-unauthorized', 'permanent', 'authentication', 'none', status(401, 407)),
  rule('http-forbidden', 'permanent', 'authentication', 'none', status(403)),
  rule('http-not-found', 'permanent', 'data-integrity', 'none', status(404, 410)),
  rule('http-bad-request', 'permanent', 'data-integrity', 'none', status(400, 422)),
  rule('http-unfit-request', 'permanent', 'data-integrity', 'none', status(406, 411, 413, 414, 415, 416, 417, 431)),
  // A proxy's note that its client disconnected (nginx, Elastic Load Balancing). The server may have continued.
  rule('http-client-gave-up', 'permanent', 'timeout-or-deadlock', 'unknown', status(460, 499)),
  // RFC 4918, section 11.4: another action failed, which may have followed a part of this one.
  rule('http-failed-dependency', 'permanent', 'external-dependency', 'unknown', status(424)),
  rule('http-client-error', 'permanent', 'external-dependency', 'none', statusBetween(400, 499)),
  // Servers redirect like this after accepting a form, to show the result elsewhere.
  rule('http-redirect-to-result', 'permanent', 'external-dependency', 'unknown', status(302, 303)),
  rule('http-redirect', 'permanent', 'external-dependency', 'none', statusBetween(300, 399)),
  rule('http-gateway-timeout', 'transient', 'timeout-or-deadlock', 'unknown', status(504)),
  rule('http-bad-gateway', 'transient', 'external-dependency', 'unknown', status(502)),
  rule('http-not-supported', 'permanent', 'external-dependency', 'none', status(501, 505)),
  rule('http-misconfigured', 'permanent', 'external-dependency', 'unknown', status(506, 510, 526)),
  rule('http-storage-full', 'transient', 'resource-exhaustion', 'unknown', status(507)),
  // RFC 9110, section 15: a client treats a status that it doesn't know, and one beyond 599, as a 5xx.
  rule('http-server-error', 'transient', 'external-dependency', 'unknown', statusBetween(500, 999)),
];

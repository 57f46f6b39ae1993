import { mayRefresh, type Rule, rule, status, statusClass } from './rule.ts';

/** The HTTP status takes precedence over name, code and message. Backstop never follows redirects. */
export const HTTP_RULES: readonly Rule[] = [
  rule('http-throttled', 'throttled', 'resource-exhaustion', 'none', status(429)),
  rule(
    'http-unavailable-until',
    'throttled',
    'external-dependency',
    'none',
    status(503),
    (it) => it.waitMs !== undefined,
  ),
  // Proxies also answer 503 after losing the connection to a server that may have completed the work.
  rule('http-unavailable', 'transient', 'external-dependency', 'unknown', status(503)),
  rule('http-request-timeout', 'transient', 'timeout-or-deadlock', 'none', status(408)),
  rule('http-too-early', 'transient', 'external-dependency', 'none', status(425)),
  rule('http-conflict', 'conflict', 'data-integrity', 'none', status(409)),
  rule('http-precondition', 'conflict', 'data-integrity', 'none', status(412, 428)),
  rule('http-credentials-stale', 'transient', 'authentication', 'none', status(401), mayRefresh),
  rule('http-unauthorized', 'permanent', 'authentication', 'none', status(401, 407)),
  rule('http-forbidden', 'permanent', 'authentication', 'none', status(403)),
  rule('http-not-found', 'permanent', 'data-integrity', 'none', status(404, 410)),
  rule('http-bad-request', 'permanent', 'data-integrity', 'none', status(400, 422)),
  rule('http-unfit-request', 'permanent', 'data-integrity', 'none', status(406, 411, 413, 414, 415, 416, 417, 431)),
  // A proxy's note that its client disconnected (nginx, Elastic Load Balancing). The server may have continued.
  rule('http-client-gave-up', 'permanent', 'timeout-or-deadlock', 'unknown', status(460, 499)),
  rule('http-client-error', 'permanent', 'external-dependency', 'none', statusClass(4)),
  // Servers redirect like this after accepting a form, to show the result elsewhere.
  rule('http-redirect-to-result', 'permanent', 'external-dependency', 'unknown', status(302, 303)),
  rule('http-redirect', 'permanent', 'external-dependency', 'none', statusClass(3)),
  rule('http-gateway-timeout', 'transient', 'timeout-or-deadlock', 'unknown', status(504)),
  rule('http-bad-gateway', 'transient', 'external-dependency', 'unknown', status(502)),
  rule('http-not-supported', 'permanent', 'external-dependency', 'none', status(501, 505)),
  rule('http-misconfigured', 'permanent', 'external-dependency', 'unknown', status(506, 510)),
  rule('http-storage-full', 'transient', 'resource-exhaustion', 'unknown', status(507)),
  rule('http-server-error', 'transient', 'external-dependency', 'unknown', statusClass(5)),
];

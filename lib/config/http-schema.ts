import { Duration } from 'aws-cdk-lib';
import * as v from 'valibot';
import { refusingRule } from '../../lambdas/contract/header-names.ts';
import { accepts } from './accepts-schema.ts';
import { secretName } from './aws-names.ts';
import { baseUrl, privateAddress } from './base-url.ts';
import { CALLS, LANE, timeout } from './common-schema.ts';
import { conflict } from './conflict-schema.ts';
import { fallback } from './resilience-schema.ts';
import { defaulted, inMilliseconds, optional, type Rule, required, settings } from './schema.ts';
import { duration, must, oneOf, shown, trueOrFalse } from './values.ts';

/** A token of RFC 9110, 5.6.2. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** Headers that the connection, the body or Backstop sets. */
const TAKEN_HEADERS = [
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

const header = v.pipe(
  v.custom<string>(
    (value) => typeof value === 'string' && HEADER_NAME.test(value),
    must("be a header name such as 'x-api-key'"),
  ),
  v.check(
    (name) => !TAKEN_HEADERS.includes(name.toLowerCase()) && !name.toLowerCase().startsWith('proxy-'),
    must("not be a reserved header; use one such as 'x-api-key'"),
  ),
  v.metadata({ range: 'not a header of the connection, the body or Backstop', wrong: ['x key', 'host'] }),
);

const allowedHeader = v.pipe(
  v.custom<string>(
    (value) => typeof value === 'string' && HEADER_NAME.test(value),
    must("be a header name such as 'x-tenant'"),
  ),
  v.check((name) => refusingRule(name) === undefined, must('not be a header that every event is refused')),
);

const auth = settings(
  {
    scheme: required(
      oneOf('bearer', 'basic', 'api-key'),
      "The form of the secret. `'bearer'`: the token. `'basic'`: `user:password`. `'api-key'`: the value of the header",
    ),
    secretName: required(
      secretName,
      'Name of the secret in Secrets Manager, in the account and region of Backstop. It holds plain text, or JSON with one member; for `basic` also with `username` and `password`',
    ),
    header: optional(header, "Header of an `'api-key'`", { absent: "`'x-api-key'`" }),
  },
  {
    *check({ header: name, scheme }) {
      if (name === undefined || scheme === 'api-key') return;
      yield ['header', `must be omitted (only the scheme 'api-key' takes it), got ${shown(name)}`];
    },
    wrong: [{ scheme: 'basic', secretName: 'backstop/payments', header: 'x-token' }],
  },
);

const ONLY_WITH_KEYS: Rule = {
  *check({ idempotencyKeyLifetime, idempotencyKeys }) {
    if (idempotencyKeyLifetime === undefined || idempotencyKeys === true) return;
    yield [
      'idempotencyKeyLifetime',
      `must be omitted (only idempotencyKeys: true takes it), got ${shown(idempotencyKeyLifetime)}`,
    ];
  },
  wrong: [{ kind: 'http', baseUrl: 'https://api.example.com', idempotencyKeyLifetime: Duration.days(1) }],
};

export const httpDependency = v.pipe(
  settings(
    {
      kind: oneOf('http'),
      baseUrl: required(baseUrl, 'Base URL, before the operation path'),
      privateHttp: optional(
        trueOrFalse,
        'Send plain text to a private host: an address of RFC 1918 or `fc00::/7`, or a name that ends with `.internal` or `.local`',
        { absent: 'false' },
      ),
      timeout,
      auth: optional(auth, 'Credentials for each call'),
      accepts: optional(accepts, 'Who may report, and what may be replayed', { absent: 'everybody, everything' }),
      allowHeaders: optional(
        v.pipe(
          v.array(allowedHeader, must('be an array')),
          v.metadata({ range: 'array of names of headers', wrong: ['x-tenant', ['host']] }),
        ),
        'Headers that an event may set, beside `accept`, `content-type`, `idempotency-key` and `if-match`',
        { absent: '[all but some](events.md#headers)' },
      ),
      idempotencyKeys: defaulted(
        false,
        trueOrFalse,
        'The dependency honours `Idempotency-Key`: Backstop may repeat a call with an unknown result, whatever its method',
      ),
      idempotencyKeyLifetime: optional(
        duration(Duration.hours(1), Duration.days(365)),
        'How long the dependency keeps a key after the first call. From 15 minutes before, Backstop repeats no call under it: a human decides',
        { also: 'with `idempotencyKeys`', absent: '24 h' },
      ),
      encodedSlashes: optional(
        trueOrFalse,
        'Paths may hold an encoded slash (`%2F`) within a segment, as in `/projects/group%2Fname`. Set it only if the API keeps that slash within its segment',
        { absent: 'false' },
      ),
      ...CALLS,
      fallback: optional(fallback, 'What answers if the dependency stays unreachable', {
        absent: 'none: the failure becomes a dead letter',
      }),
      conflict: defaulted({ strategy: 'reject' }, conflict, 'How to settle a write that lost a race', {
        absent: "`{ strategy: 'reject' }`",
      }),
      ...LANE,
    },
    privateAddress,
    ONLY_WITH_KEYS,
  ),
  inMilliseconds(),
);

import * as v from 'valibot';
import { withoutTrailingSlashes } from '../../lambdas/contract/trailing-slashes.ts';
import { secretName } from './aws-names.ts';
import { CALLS, LANE, timeout } from './common-schema.ts';
import { conflict } from './conflict-schema.ts';
import { fallback } from './resilience-schema.ts';
import { defaulted, inMilliseconds, optional, required, settings } from './schema.ts';
import { must, oneOf, shown, trueOrFalse } from './values.ts';

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

/** An address that nobody can read on its way: `https`, or `http` within this machine. */
export function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^\s\\]+$/i.test(value) && URL.canParse(value);
}

const baseUrl = v.pipe(
  v.custom<string>(isUrl, must("be an absolute URL such as 'https://api.example.com'")),
  v.check((url) => isPrivate(new URL(url)), must('start with https:// (http:// only for loopback hosts)')),
  v.check(
    (url) => new URL(url).username === '' && new URL(url).password === '',
    must('not contain user info (put credentials in auth)'),
  ),
  v.check((url) => !/[?#]/.test(url), must('not contain a query or a fragment')),
  v.transform((url) => withoutTrailingSlashes(new URL(url).href)),
  v.metadata({
    range: 'URL with `https://` (`http://` for loopback hosts only), without user info, query or fragment',
    wrong: ['/v1', 'http://api.example.com', 'https://user@api.example.com', 'https://api.example.com?'],
  }),
);

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

const auth = settings(
  {
    scheme: required(
      oneOf('bearer', 'basic', 'api-key'),
      "The form of the secret. `'bearer'`: the token. `'basic'`: `user:password`. `'api-key'`: the value of the header",
    ),
    secretName: required(
      secretName,
      'Name of the secret in Secrets Manager, in the account and region of Backstop. It holds plain text, not JSON',
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

export const httpDependency = v.pipe(
  settings({
    kind: oneOf('http'),
    baseUrl: required(baseUrl, 'Base URL; the path of each operation follows it'),
    timeout,
    auth: optional(auth, 'Credentials for each call'),
    idempotencyKeys: defaulted(
      false,
      trueOrFalse,
      'The dependency honours `Idempotency-Key`: Backstop may repeat a call with an unknown result, whatever its method',
    ),
    ...CALLS,
    fallback: optional(fallback, 'What answers if the dependency stays unreachable', {
      absent: 'none: the failure becomes a dead letter',
    }),
    conflict: defaulted({ strategy: 'reject' }, conflict, 'How to settle a write that lost a race', {
      absent: "`{ strategy: 'reject' }`",
    }),
    ...LANE,
  }),
  inMilliseconds(),
);

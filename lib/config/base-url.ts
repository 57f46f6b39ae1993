import * as v from 'valibot';
import { withoutTrailingSlashes } from '../../lambdas/contract/trailing-slashes.ts';
import { must } from './values.ts';

/** Longest host name, in characters (RFC 1035, section 2.3.4). */
const MAX_HOST_LENGTH = 253;
/** A label of a host name. Some resolvers take underscores. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** An address that nobody can read on its way: `https`, or `http` within this machine. */
export function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

/** The address of an HTTP API, checked so that no call fails because of it. */
export const baseUrl = v.pipe(
  v.custom<string>(isUrl, must("be an absolute URL such as 'https://api.example.com'")),
  v.check((url) => isPrivate(new URL(url)), must('start with https:// (http:// only for loopback hosts)')),
  v.check(
    (url) => new URL(url).username === '' && new URL(url).password === '',
    must('not contain user info (put credentials in auth)'),
  ),
  v.check((url) => !/[?#]/.test(url), must('not contain a query or a fragment')),
  v.check((url) => isHost(new URL(url).hostname), must('name a host that can exist')),
  v.check((url) => new URL(url).port !== '0', must('have a port from 1 to 65535')),
  v.transform((url) => withoutTrailingSlashes(new URL(url).href)),
  v.metadata({
    range: '`https://` URL (loopback: `http://` too), no user info, query, fragment',
    // The page says the two messages of hosts and ports below its table, since a row has no room for them.
    // The page says the two messages of hosts and ports below its table, since a row has no room for them.
    wrong: ['/v1', 'http://api.example.com', 'https://user@api.example.com', 'https://api.example.com?'],
  }),
);

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^\s\\]+$/i.test(value) && URL.canParse(value);
}

/** Whether a host can have an address. The URL standard takes more, such as `a..b` and `a*b`. */
function isHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return hostname !== '[::]';
  const name = hostname.replace(/\.$/, '');
  return name !== '0.0.0.0' && name.length <= MAX_HOST_LENGTH && name.split('.').every((label) => LABEL.test(label));
}

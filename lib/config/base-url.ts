import { type Check, shown } from './checks.ts';

/** Longest host name and longest label of one, in characters (RFC 1035, section 2.3.4). */
const MAX_HOST_LENGTH = 253;
/** A label of a host name. Some resolvers take underscores. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Checks the address of an HTTP API, so that no call fails because of it. */
export const baseUrl: Check = function* (path, value) {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s\\]+$/i.test(value) || !URL.canParse(value)) {
    yield `${path} must be an absolute URL such as 'https://api.example.com', got ${shown(value)}`;
    return;
  }
  const url = new URL(value);
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLoopback) {
    yield `${path} must start with https:// (http:// only for loopback hosts), got ${shown(value)}`;
  }
  if (url.username !== '' || url.password !== '') {
    yield `${path} must not contain user info (put credentials in auth), got ${shown(value)}`;
  }
  if (/[?#]/.test(value)) yield `${path} must not contain a query or a fragment, got ${shown(value)}`;
  if (!isHost(url.hostname)) yield `${path} must name a host that can exist, got ${shown(value)}`;
  if (url.port === '0') yield `${path} must have a port from 1 to 65535, got ${shown(value)}`;
};

/** Whether a host can have an address. The URL standard takes more, such as `a..b` and `a*b`. */
function isHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return hostname !== '[::]';
  const name = hostname.replace(/\.$/, '');
  return name !== '0.0.0.0' && name.length <= MAX_HOST_LENGTH && name.split('.').every((label) => LABEL.test(label));
}

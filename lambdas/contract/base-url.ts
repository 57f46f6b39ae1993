/** Longest host name, in characters (RFC 1035, section 2.3.4). */
const MAX_HOST_LENGTH = 253;
/** A label of a host name. Some resolvers take underscores. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
/** RFC 1918. */
const PRIVATE_IPV4 = /^(?:10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2})$/;
/** RFC 4193. */
const PRIVATE_IPV6 = /^f[cd][\da-f]{2}:/;
const PRIVATE_NAME = /\.(?:internal|local)$/;

interface BaseUrlOptions {
  /** Whether `http` is enough for a private host. @default false */
  readonly privateHttp?: boolean;
}

/** An address that nobody can read on its way: `https`, or `http` within this machine. */
export function isSealed({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/** Whether an IP address belongs to private networks. Loopback and link-local addresses do not. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE_IPV4.test(address) || PRIVATE_IPV6.test(address.toLowerCase());
}

/** Whether a host is private by its address, or by a name that no public domain has. */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  if (name.startsWith('[')) return isPrivateAddress(name.slice(1, -1));
  return isPrivateAddress(name) || PRIVATE_NAME.test(name);
}

/**
 * Checks the address of an HTTP API, so that no call fails because of it.
 *
 * @returns what the address must do or be, without any part of it; undefined if nothing is wrong
 */
export function baseUrlProblem(value: unknown, { privateHttp = false }: BaseUrlOptions = {}): string | undefined {
  if (!isUrl(value)) return "be an absolute URL such as 'https://api.example.com'";
  const url = new URL(value);
  if (!isSealed(url) && !(privateHttp && isPrivateHost(url.hostname))) return sealing(url, privateHttp);
  if (url.username !== '' || url.password !== '') return 'not contain user info (put credentials in auth)';
  if (/[?#]/.test(value)) return 'not contain a query or a fragment';
  if (!isHost(url.hostname)) return 'name a host that can exist';
  return url.port === '0' ? 'have a port from 1 to 65535' : undefined;
}

function sealing({ hostname }: URL, privateHttp: boolean): string {
  if (privateHttp) return 'start with https:// (http:// only for loopback and private hosts)';
  if (isPrivateHost(hostname)) return 'start with https:// (set privateHttp to send plain text to this private host)';
  return 'start with https:// (http:// only for loopback hosts)';
}

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^\s\\]+$/i.test(value) && URL.canParse(value);
}

/** Whether a host can have an address. The URL standard takes more, such as `a..b` and `a*b`. */
function isHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return hostname !== '[::]';
  const name = hostname.replace(/\.$/, '');
  return name !== '0.0.0.0' && name.length <= MAX_HOST_LENGTH && name.split('.').every((label) => LABEL.test(label));
}

import type { HttpOperation } from '../../contract/failure.ts';
import type { AcceptSettings } from '../../contract/settings.ts';

/** Who reports a failure. EventBridge vouches for the account, and the bus's permissions for the source. */
export interface Reporter {
  readonly source?: string;
  /** Account that put the event on the bus. */
  readonly account?: string;
  /** The message was adopted from the dead-letter queue that the config names. It has no source and no account. */
  readonly isAdopted?: boolean;
}

/** Finds what a dependency doesn't accept of a reporter. Holds no values of the event. */
export function unacceptedReporter(
  { sources, accounts, tenants }: AcceptSettings,
  { source, account, isAdopted = false }: Reporter,
  tenant: string | undefined,
): 'source' | 'account' | 'tenant' | undefined {
  if (!isAdopted && !isListed(sources, source)) return 'source';
  if (!isAdopted && !isListed(accounts, account)) return 'account';
  return isListed(tenants, tenant) ? undefined : 'tenant';
}

/** Finds what a dependency doesn't accept of an operation. */
export function unacceptedOperation(
  { methods, paths }: AcceptSettings,
  { method, path }: Pick<HttpOperation, 'method' | 'path'>,
): 'method' | 'path' | undefined {
  if (!isListed<string>(methods, method)) return 'method';
  return paths === undefined || paths.some((prefix) => isBelow(path, prefix)) ? undefined : 'path';
}

function isListed<T>(list: readonly T[] | undefined, value: T | undefined): boolean {
  return list === undefined || (value !== undefined && list.includes(value));
}

/**
 * Whether a path is a prefix's resource or lies below it, segment by segment. Servers disagree on an encoded slash, so
 * both ways to read it must agree. The path must be one that the boundary takes: without segments of dots.
 */
function isBelow(path: string, prefix: string): boolean {
  const wanted = segmentsOf(prefix);
  return [path, path.replace(/%2f/gi, '/')].every((read) => {
    const segments = segmentsOf(read);
    return wanted.every((segment, index) => segments[index] === segment);
  });
}

/** The decoded segments. A slash at the end makes none. */
function segmentsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(1);
  return (parts.at(-1) === '' ? parts.slice(0, -1) : parts).map(decoded);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

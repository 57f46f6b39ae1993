import type { ReportedError } from '../../contract/verdict.ts';

/** What the errors of Node and undici carry beside their name and message. */
interface Link {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly hostname?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** Names that say nothing of what happened: `fetch` throws a TypeError for whatever the network does. */
const MUTE_NAMES: ReadonlySet<string> = new Set(['Error', 'TypeError', 'AggregateError']);
const MAX_LINKS = 20;

/**
 * What an error that `fetch` threw says. Its message is put together from facts of the connection instead of being handed on:
 * nobody knows what a foreign message quotes.
 */
export function networkError(error: unknown): ReportedError {
  const links = chain(error);
  const name = links.map((link) => link.name).find(isTelling);
  const coded = links.find(isCoded);
  if (!coded) return { name: name ?? 'NetworkError', message: 'no answer came' };
  return { ...(name === undefined ? {} : { name }), code: coded.code, message: describe(coded) };
}

/** The error and what caused it, nearest first. */
function chain(error: unknown): readonly Link[] {
  const links: Link[] = [];
  const pending = [error];
  while (pending.length > 0 && links.length < MAX_LINKS) {
    const next = pending.shift();
    if (typeof next !== 'object' || next === null) continue;
    const link: Link = next;
    links.push(link);
    pending.push(link.cause, ...(Array.isArray(link.errors) ? link.errors : []));
  }
  return links;
}

/** Leaves out the numbers of DOMException, and anything that could be more than a name or a code. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z][\w-]{0,63}$/.test(value);
}

function isTelling(name: unknown): name is string {
  return isWord(name) && !MUTE_NAMES.has(name);
}

function isCoded(link: Link): link is Link & { readonly code: string } {
  return isWord(link.code);
}

/** For example `connect ECONNREFUSED 10.0.0.1:443`. */
function describe({ syscall, code, hostname, address, port }: Link): string {
  const host = [hostname, address].find((part) => typeof part === 'string');
  const place = host && typeof port === 'number' ? `${host}:${port}` : host;
  return [syscall, code, place].filter((part) => typeof part === 'string').join(' ');
}

import type { ReportedError } from '../../contract/verdict.ts';
import { classify } from '../classification/classify.ts';

/** Fields that errors of Node and undici carry beside name and message. */
interface ErrorLink {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly hostname?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly message?: unknown;
}

/** Constant text of Node's TLS client, which says that the request did not go out. */
const BEFORE_TLS = 'Client network socket disconnected before secure TLS connection was established';

/** Generic names: `fetch` throws a TypeError for every network failure. */
const GENERIC_NAMES: ReadonlySet<string> = new Set(['Error', 'TypeError', 'AggregateError']);
const MAX_LINKS = 20;

/**
 * Describes an error thrown by `fetch`. Builds the message from connection facts, because the original message may
 * quote data.
 */
export function networkError(error: unknown): ReportedError {
  const links = chain(error);
  const name = links.map((link) => link.name).find(isSpecific);
  const candidates = links.filter(isCoded).filter((link) => !repeatsItsParts(link));
  const coded = candidates.find((link) => !provesThatNothingWasSent(link)) ?? candidates[0];
  if (!coded) return { name: name ?? 'NetworkError', message: 'no answer came' };
  return { ...(name === undefined ? {} : { name }), code: coded.code, message: describe(coded) };
}

/** Node gives the code of the first attempt to connect to all of them together. */
function repeatsItsParts({ errors, code }: ErrorLink): boolean {
  return Array.isArray(errors) && errors.some((part: ErrorLink | null | undefined) => part?.code === code);
}

/** Of several attempts to connect, one may have got further than the others. */
function provesThatNothingWasSent(link: ErrorLink & { readonly code: string }): boolean {
  const error = { code: link.code, message: describe(link) };
  return classify(error, { rules: [], refreshable: false, attempts: 1, now: 0 }).effect === 'none';
}

/** The error and its causes, nearest first. */
function chain(error: unknown): readonly ErrorLink[] {
  const links: ErrorLink[] = [];
  const pending = [error];
  while (pending.length > 0 && links.length < MAX_LINKS) {
    const next = pending.shift();
    if (typeof next !== 'object' || next === null) continue;
    const link: ErrorLink = next;
    links.push(link);
    pending.push(link.cause, ...(Array.isArray(link.errors) ? link.errors : []));
  }
  return links;
}

/** Rejects DOMException's numeric codes, and anything longer than a name or a code. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z][\w-]{0,63}$/.test(value);
}

function isSpecific(name: unknown): name is string {
  return isWord(name) && !GENERIC_NAMES.has(name);
}

function isCoded(link: ErrorLink): link is ErrorLink & { readonly code: string } {
  return isWord(link.code);
}

/** Example: `connect ECONNREFUSED 10.0.0.1:443`. */
function describe({ syscall, code, hostname, address, port, message }: ErrorLink): string {
  if (message === BEFORE_TLS) return BEFORE_TLS;
  const host = [hostname, address].find((part) => typeof part === 'string');
  const place = host && typeof port === 'number' ? `${host}:${port}` : host;
  return [syscall, code, place].filter((part) => typeof part === 'string').join(' ');
}

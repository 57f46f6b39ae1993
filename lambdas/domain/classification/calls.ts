import { notedCalls } from '../../contract/errors.ts';
import { type Fields, objectIn, readField } from './fields.ts';

/** How often a client made a call. Each may have had another result than the last one. */
export interface Calls {
  /** Calls that the client made before it gave up, as far as the error tells. */
  readonly attempts: number;
  /** The client counts all its calls, those to the address of a redirect included. */
  readonly isCounted: boolean;
}

/** Where clients keep what they know of a call, as a path in the error. */
const PLACES: readonly (readonly string[])[] = [
  [],
  ['config'],
  ['config', 'axios-retry'],
  ['config', 'raxConfig'],
  // Of Google's clients.
  ['config', 'retryConfig'],
  ['request'],
  // Of Octokit.
  ['request', 'request'],
  // Of axios, once an answer came.
  ['request', '_redirectable'],
  ['response'],
];
/** Numbers of tries after the first one. */
const RETRIES = ['retryCount', 'currentRetryAttempt', 'retries'];
/** How often the client followed a redirect, as a number or a list of addresses. */
const REDIRECTS = ['_redirectCount', 'redirectUrls', 'redirects'];

/** The AWS SDK counts its calls, and so do HTTP clients and libraries for retries. */
export function callsOf(fields: Fields): Calls {
  const places = PLACES.map((path) => path.reduce<Fields | undefined>(objectIn, fields));
  const counted = (names: readonly string[]) =>
    places.flatMap((place, index) =>
      // The settings of a client hold the most retries that it makes.
      names.filter((name) => name !== 'retries' || index === 0).map((name) => countIn(readField(place, name))),
    );
  const stated = [readField(fields, 'attempts'), readField(objectIn(fields, '$metadata'), 'attempts')].map(countIn);
  // Elasticsearch calls the tries after the first one so.
  const again = countIn(readField(objectIn(objectIn(fields, 'meta'), 'meta'), 'attempts'));
  const redirects = counted(REDIRECTS);
  const isRedirected = readField(objectIn(fields, 'response'), 'redirected') === true;
  const further = Math.max(0, ...[...counted(RETRIES), again].map((count) => count ?? 0));
  const followed = Math.max(isRedirected ? 1 : 0, ...redirects.map((count) => count ?? 0));
  const tries = Math.max(1, ...[...stated, countIn(readField(fields, 'attemptNumber'))].map((count) => count ?? 1));
  return {
    attempts: Math.max(tries, 1 + further + followed, notedCalls(fields)),
    isCounted: [...stated, ...redirects].some((count) => count !== undefined),
  };
}

function countIn(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

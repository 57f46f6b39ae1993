import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import type { FallbackSettings } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import type { ResponseBody } from '../boundary/call-result.ts';

/** Result of a fallback, before the time to retry is known. */
export interface FallbackResult {
  readonly statusCode: number;
  readonly body?: ResponseBody;
  readonly ageMs?: number;
  readonly dependency?: string;
}

/** Used if nobody knows when the dependency recovers. */
const DEFAULT_RETRY_AFTER_MS = 30_000;
const MIN_RETRY_AFTER_MS = 1_000;

/**
 * Builds the stored answer of a fallback.
 *
 * @param retryAt earliest time to ask the dependency again, in epoch milliseconds, if known
 */
export function fallbackAnswer(
  fallback: FallbackSettings['kind'],
  { statusCode, body, ageMs, dependency }: FallbackResult,
  { now, retryAt = now + DEFAULT_RETRY_AFTER_MS }: { readonly now: number; readonly retryAt?: number },
): FallbackAnswer {
  const seconds = (ms: number) => String(Math.ceil(ms / 1_000));
  return {
    fallback,
    statusCode,
    headers: {
      'retry-after': seconds(Math.max(MIN_RETRY_AFTER_MS, retryAt - now)),
      age: ageMs === undefined ? undefined : seconds(ageMs),
      'content-type': body?.contentType,
    },
    body: body?.text,
    ageMs,
    dependency,
    at: iso(now),
  };
}

export function retryAfterSeconds({ headers }: FallbackAnswer): number {
  return Number(headers['retry-after']);
}

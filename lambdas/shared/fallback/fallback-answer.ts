import type { KeptBody } from '../boundary/http-body.ts';
import type { FallbackSettings } from '../boundary/settings.ts';

/** What answered in place of the dependency. Whoever reads it learns that it is no answer of the dependency's, and when to come back. */
export interface FallbackAnswer {
  readonly fallback: FallbackSettings['kind'];
  readonly statusCode: number;
  readonly headers: {
    /** Seconds until the dependency may be asked again. */
    readonly 'retry-after': string;
    /** Seconds; there where the answer is an old one. */
    readonly age?: string;
    readonly 'content-type'?: string;
  };
  /** Text, JSON where the content type says so. */
  readonly body?: string;
  readonly ageMs?: number;
  /** The backup that answered. */
  readonly dependency?: string;
  /** RFC 3339: when the fallback answered. */
  readonly at: string;
}

/** What a kind of fallback has found, before it is known when the dependency may be asked again. */
export interface Found {
  readonly statusCode: number;
  readonly body?: KeptBody;
  readonly ageMs?: number;
  readonly dependency?: string;
}

/** Where nobody knows when the dependency will be well. */
const DEFAULT_RETRY_AFTER_MS = 30_000;
const MIN_RETRY_AFTER_MS = 1_000;

/** @param retryAt epoch milliseconds at which the dependency may be asked again, where that is known */
export function fallbackAnswer(
  fallback: FallbackSettings['kind'],
  { statusCode, body, ageMs, dependency }: Found,
  { now, retryAt = now + DEFAULT_RETRY_AFTER_MS }: { readonly now: number; readonly retryAt?: number },
): FallbackAnswer {
  const seconds = (ms: number) => String(Math.ceil(ms / 1_000));
  return {
    fallback,
    statusCode,
    headers: {
      'retry-after': seconds(Math.max(MIN_RETRY_AFTER_MS, retryAt - now)),
      ...(ageMs !== undefined && { age: seconds(ageMs) }),
      ...(body && { 'content-type': body.contentType }),
    },
    ...(body && { body: body.text }),
    ...(ageMs !== undefined && { ageMs }),
    ...(dependency !== undefined && { dependency }),
    at: new Date(now).toISOString(),
  };
}

export function retryAfterSeconds({ headers }: FallbackAnswer): number {
  return Number(headers['retry-after']);
}

import type { FallbackSettings } from './settings.ts';

/** Answer given in place of the dependency. It tells the reader so, and when to ask the dependency again. */
export interface FallbackAnswer {
  readonly fallback: FallbackSettings['kind'];
  readonly statusCode: number;
  readonly headers: {
    /** Seconds until the dependency may be asked again. */
    readonly 'retry-after': string;
    /** Seconds. Present only if the answer is a stored one. */
    readonly age?: string;
    readonly 'content-type'?: string;
  };
  /** Text. Contains JSON if the content type says so. */
  readonly body?: string;
  readonly ageMs?: number;
  /** The backup dependency that answered. */
  readonly dependency?: string;
  /** RFC 3339 time of the fallback's answer. */
  readonly at: string;
}

import type { FallbackSettings } from './settings.ts';

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

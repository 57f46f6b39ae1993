import type { HttpOperation } from '../boundary/failure.ts';
import type { KeptBody } from '../boundary/http-body.ts';
import type { ConflictSettings } from '../boundary/settings.ts';
import type { Shown, Undecided, Unresolvable, Winner } from './conflict-record.ts';

/** The state that a GET has found. */
export interface Current {
  readonly statusCode: number;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly body?: KeptBody;
}
export interface Ours {
  readonly operation: HttpOperation;
  readonly occurredAt: string;
}
export type Comparison =
  | {
      readonly kind: 'resubmit';
      readonly operation: HttpOperation;
      readonly winner: 'ours' | 'merged';
      readonly fields: readonly string[];
    }
  | {
      readonly kind: 'settled';
      readonly how: 'already-applied' | 'already-deleted' | 'theirs-newer';
      readonly winner: Winner;
      readonly fields: readonly string[];
    }
  | {
      readonly kind: 'undecided';
      readonly because: Undecided;
      readonly shown: Shown;
      readonly fields: readonly string[];
    }
  | { readonly kind: 'unresolvable'; readonly because: Unresolvable };
export declare function compare(
  ours: Ours,
  current: Current,
  settings: ConflictSettings,
  refused: readonly string[],
): Comparison;
export declare function resubmission(
  ours: Ours,
  current: Current,
  wanted: 'ours' | { readonly body: unknown },
): Comparison;
export declare function stateDigest(current: Current): string;

import type {
  ConflictView,
  DecisionReason,
  ResolutionKind,
  UnresolvableReason,
  Winner,
} from '../../contract/conflict-record.ts';
import type { CallResult } from '../boundary/call-result.ts';

/** How a conflict was settled, as stored in the effects table and the ledger. */
export interface Resolution {
  readonly how: ResolutionKind;
  readonly winner: Winner;
  readonly fields: readonly string[];
  readonly version?: string;
}

/** Result of one round (fetch, compare, resubmit). */
export type RoundResult =
  | { readonly kind: 'ok'; readonly statusCode: number; readonly resolution: Resolution }
  /**
   * `sent`: the ETag of the request, empty if the resource had to be absent. Absent if only the fetch was made, so
   * nothing can have changed. `fields`: JSON Pointers of the fields to change.
   */
  | (Extract<CallResult, { kind: 'failed' }> & { readonly sent?: string; readonly fields?: readonly string[] })
  /** Your resolver function failed. */
  | { readonly kind: 'no-advice' }
  | {
      readonly kind: 'undecided';
      readonly because: DecisionReason;
      readonly shown: ConflictView;
      readonly state: string;
      readonly fields: readonly string[];
      readonly version?: string;
    }
  | { readonly kind: 'unresolvable'; readonly because: UnresolvableReason };

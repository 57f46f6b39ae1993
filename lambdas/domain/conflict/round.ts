import type {
  ConflictView,
  DecisionReason,
  ResolutionKind,
  UnresolvableReason,
  Winner,
} from '../../contract/conflict-record.ts';
import type { CallResult } from '../boundary/call-result.ts';

/** How a conflict was settled, as the effects table and the ledger remember it. */
export interface Resolution {
  readonly how: ResolutionKind;
  readonly winner: Winner;
  readonly fields: readonly string[];
  readonly version?: string;
}

/** How one round of fetch, compare, resubmit has ended. */
export type Round =
  | { readonly kind: 'ok'; readonly statusCode: number; readonly resolution: Resolution }
  /**
   * `sent`: the ETag that went along, empty where there was none because the resource must not exist; absent where only the state was
   * asked for, so that nothing can have been changed. `fields`: JSON Pointers of what it was to change.
   */
  | (Extract<CallResult, { kind: 'failed' }> & { readonly sent?: string; readonly fields?: readonly string[] })
  /** The team's own function has failed. */
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

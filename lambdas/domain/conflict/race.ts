import type {
  ConflictView,
  DecisionReason,
  ResolutionKind,
  UnresolvableReason,
  Winner,
} from '../../contract/conflict-record.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import { type Current, isGone, showTheirs, theirState, wholeBody } from './current-state.ts';
import { differingFields, shownOf } from './difference.ts';
import { type Json, sameJson } from './json-value.ts';
import { asJson } from './lossless-json.ts';
import type { Redaction } from './redact.ts';
import { showOurs, stateToBe, type Write } from './write.ts';

export type Comparison =
  | {
      readonly kind: 'resubmit';
      readonly operation: HttpOperation;
      readonly winner: 'ours' | 'merged';
      /** JSON Pointers of what it changes of theirs. */
      readonly fields: readonly string[];
    }
  | {
      readonly kind: 'settled';
      readonly how: Exclude<ResolutionKind, 'resubmitted'>;
      readonly winner: Winner;
      /** JSON Pointers of that on which the two differ. */
      readonly fields: readonly string[];
    }
  | {
      readonly kind: 'undecided';
      readonly because: DecisionReason;
      readonly shown: ConflictView;
      /** JSON Pointers of that on which the two differ. */
      readonly fields: readonly string[];
    }
  | { readonly kind: 'unresolvable'; readonly because: UnresolvableReason };

/** A write that has lost a race, and the state that has won it. */
export class Race {
  readonly operation: HttpOperation;
  readonly write: Write;
  readonly current: Current;
  readonly base: Json | undefined;
  /** Undefined where it is gone, or can't be compared. */
  readonly theirs: Json | undefined;
  /** What the write would make of theirs; undefined where that can't be told. */
  readonly ours: Json | undefined;
  private readonly redaction: Redaction;

  constructor(operation: HttpOperation, write: Write, current: Current, redaction: Redaction) {
    this.operation = operation;
    this.write = write;
    this.current = current;
    this.redaction = redaction;
    this.base = asJson(operation.base);
    this.theirs = theirState(current);
    this.ours = stateToBe(write, this.theirs);
  }

  /**
   * Whether the write has been made already, perhaps by a call of ours whose answer was lost: it would change nothing, or theirs is
   * what it makes of its base. (A patch that appends would append once more.)
   */
  isMade(): boolean {
    if (this.isThere(this.operation, this.ours)) return true;
    const made = this.base === undefined ? undefined : stateToBe(this.write, this.base);
    return made !== undefined && sameJson(made, this.theirs);
  }

  /** Whether theirs is what an operation would make of it: that state, or a text where it is none. */
  isThere({ method, body }: HttpOperation, state: Json | undefined): boolean {
    if (state !== undefined) return sameJson(state, this.theirs);
    return method === 'PUT' && typeof body === 'string' && body === wholeBody(this.current)?.text;
  }

  resubmit(operation: HttpOperation, winner: 'ours' | 'merged', to: Json | undefined): Comparison {
    return { kind: 'resubmit', operation, winner, fields: differingFields(to, this.theirs, this.redaction) };
  }

  settled(how: 'already-applied' | 'already-deleted' | 'theirs-newer', winner: Winner): Comparison {
    return { kind: 'settled', how, winner, fields: differingFields(this.ours, this.theirs, this.redaction) };
  }

  undecided(because: DecisionReason): Comparison {
    // Where theirs can't be patched, what the write was to make of what it knew.
    const ours = this.ours ?? stateToBe(this.write, this.base ?? (isGone(this.current) ? {} : undefined));
    const sides = { base: this.base, ours: showOurs(this.operation, ours), theirs: showTheirs(this.current) };
    const fields = differingFields(ours, this.theirs, this.redaction);
    return { kind: 'undecided', because, shown: shownOf(sides, this.redaction), fields };
  }
}

export function unresolvable(because: UnresolvableReason): Comparison {
  return { kind: 'unresolvable', because };
}

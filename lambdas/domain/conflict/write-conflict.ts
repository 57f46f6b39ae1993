import type {
  ConflictView,
  DecisionReason,
  ResolutionKind,
  UnresolvableReason,
  Winner,
} from '../../contract/conflict-record.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import { wireText } from '../boundary/wire-text.ts';
import { type Json, sameJson } from '../json/json-value.ts';
import { readJson } from '../json/lossless-json.ts';
import { type CurrentState, comparableState, completeBody, isGone, viewOfCurrent } from './current-state.ts';
import { buildConflictView, differingFields } from './difference.ts';
import type { Redaction } from './redact.ts';
import { resultingState, viewOfWrite, type Write } from './write.ts';

/** Result of comparing a refused write with the current state. */
export type Comparison =
  | {
      readonly kind: 'resubmit';
      readonly operation: HttpOperation;
      readonly winner: 'ours' | 'merged';
      /** JSON Pointers of the fields that the write changes in the current state. */
      readonly fields: readonly string[];
    }
  | {
      readonly kind: 'settled';
      readonly how: Exclude<ResolutionKind, 'resubmitted'>;
      readonly winner: Winner;
      /** JSON Pointers of the fields that differ. */
      readonly fields: readonly string[];
    }
  | {
      readonly kind: 'undecided';
      readonly because: DecisionReason;
      readonly shown: ConflictView;
      /** JSON Pointers of the fields that differ. */
      readonly fields: readonly string[];
    }
  | { readonly kind: 'unresolvable'; readonly because: UnresolvableReason };

/** A write that lost a race ("ours"), and the current state that won it ("theirs"). */
export class WriteConflict {
  readonly operation: HttpOperation;
  readonly write: Write;
  readonly current: CurrentState;
  readonly base: Json | undefined;
  /** Undefined if the resource is gone or not comparable. */
  readonly theirs: Json | undefined;
  /** The current state with the write applied; undefined if unknown. */
  readonly ours: Json | undefined;
  private readonly redaction: Redaction;

  constructor(operation: HttpOperation, write: Write, current: CurrentState, redaction: Redaction) {
    this.operation = operation;
    this.write = write;
    this.current = current;
    this.redaction = redaction;
    this.base = operation.base && readJson(operation.base);
    this.theirs = comparableState(current);
    this.ours = resultingState(write, this.theirs);
  }

  /**
   * Whether the write has already taken effect, perhaps by an earlier call whose answer was lost. True if it would
   * change nothing, or if the current state equals the write applied to its base. The latter covers patches that
   * append.
   */
  isAlreadyApplied(): boolean {
    if (this.matchesCurrent(this.operation, this.ours)) return true;
    const made = this.base === undefined ? undefined : resultingState(this.write, this.base);
    return made !== undefined && sameJson(made, this.theirs);
  }

  /** Whether the current state equals an operation's result. Compares the body's text if the state is not JSON. */
  matchesCurrent({ method, body }: HttpOperation, state: Json | undefined): boolean {
    if (state !== undefined) return sameJson(state, this.theirs);
    return method === 'PUT' && body !== undefined && wireText(body) === completeBody(this.current)?.text;
  }

  resubmit(operation: HttpOperation, winner: 'ours' | 'merged', to: Json | undefined): Comparison {
    return { kind: 'resubmit', operation, winner, fields: differingFields(to, this.theirs, this.redaction) };
  }

  settled(how: 'already-applied' | 'already-deleted' | 'theirs-newer', winner: Winner): Comparison {
    return { kind: 'settled', how, winner, fields: differingFields(this.ours, this.theirs, this.redaction) };
  }

  undecided(because: DecisionReason): Comparison {
    // If the write doesn't apply to the current state, show its result on its own base.
    const ours = this.ours ?? resultingState(this.write, this.base ?? (isGone(this.current) ? {} : undefined));
    const sides = { base: this.base, ours: viewOfWrite(this.operation, ours), theirs: viewOfCurrent(this.current) };
    const fields = differingFields(ours, this.theirs, this.redaction);
    return { kind: 'undecided', because, shown: buildConflictView(sides, this.redaction), fields };
  }
}

export function unresolvable(because: UnresolvableReason): Comparison {
  return { kind: 'unresolvable', because };
}

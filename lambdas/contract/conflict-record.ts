import type { Method } from './methods.ts';

/**
 * Why no rule can settle a conflict, so that a human must decide.
 *
 * - `deleted-meanwhile`: the resource is gone (404, 410)
 * - `both-changed`: both sides changed the same field to different values
 * - `no-timestamps`, `same-time`: the timestamps don't show which write is newer
 * - `etag-format-changed`: the ETag has another format than the caller's, so comparing the two proves nothing
 * - `same-version`: the dependency refused the write, although its ETag is the caller's or the one just read
 * - `not-comparable`: a state is not JSON, is too large, or would lose digits
 * - `asked-for`: the strategy is `ask`, or your resolver function asks
 * - `changed-since`: the resource changed again after a human decided
 */
export type DecisionReason =
  | 'deleted-meanwhile'
  | 'both-changed'
  | 'no-timestamps'
  | 'same-time'
  | 'etag-format-changed'
  | 'same-version'
  | 'not-comparable'
  | 'asked-for'
  | 'changed-since';

/**
 * Why Backstop gives up a conflict without asking a human. The failure becomes a dead letter.
 *
 * - `rejected`: the strategy is `reject`
 * - `not-a-write`: only PUT, PATCH and DELETE have a state to compare
 * - `etag-missing`: the state has no ETag, so nothing protects it from being overwritten
 * - `contended`: another writer won every round
 */
export type UnresolvableReason = 'rejected' | 'not-a-write' | 'etag-missing' | 'contended';

/**
 * How a conflict was settled.
 *
 * - `resubmitted`: the write went out again with the fresh ETag
 * - `already-applied`: the current state already equals the result of the write
 * - `already-deleted`: the resource to delete is gone
 * - `theirs-newer`: the current state is newer and stays
 * - `decided`: a human, or your resolver function, kept the current state
 */
export type ResolutionKind = 'resubmitted' | 'already-applied' | 'already-deleted' | 'theirs-newer' | 'decided';

/** The side whose data remains: the refused write ("ours"), the current state ("theirs"), or a merge of both. */
export type Winner = 'ours' | 'theirs' | 'merged';

/** State of a conflict in the ledger. */
export interface ConflictRecord {
  /** Rounds (fetch, compare, resubmit) begun in this cycle. */
  readonly rounds: number;
  /** ETags that the dependency refused, the caller's own included. Backstop never sends them again. */
  readonly refused: readonly string[];
  readonly end?: ResolutionKind | DecisionReason | UnresolvableReason;
  readonly winner?: Winner;
  /** JSON Pointers of the changed fields, at most 50. */
  readonly fields?: readonly string[];
  /** ETag of the state compared last. */
  readonly version?: string;
}

/** A human's options. `abandon` drops the write and discards the failure, or undoes its completed steps. */
export type Choice = 'ours' | 'theirs' | 'merged' | 'abandon';

/** A human's decision on a conflict. */
export interface Answer {
  readonly choice: Choice;
  readonly by: string;
  readonly why: string;
  /** RFC 3339. */
  readonly at: string;
  /** JSON text of the complete merged state. Present only if the choice is `merged`. */
  readonly body?: string;
}

/** What a human must know of a write to decide about it. */
export interface WriteFacts {
  readonly method: Method;
  /** With secrets masked. */
  readonly path: string;
  /** Whether the event has the version that the write was made from. */
  readonly hasBase: boolean;
}

/** A conflict that waits for a human's decision. */
export interface Question {
  /** `<cycle>.<number>` */
  readonly id: string;
  readonly because: DecisionReason;
  /** RFC 3339. */
  readonly askedAt: string;
  /** RFC 3339: the question expires at this time. */
  readonly until: string;
  /** ETag of the current state. Absent if the state has none. */
  readonly version?: string;
  /** Digest of the current state, or `gone` after a deletion. A decision applies to this state only. */
  readonly state: string;
  /** JSON text of a {@link ConflictView}. */
  readonly shown: string;
  /** The refused write, without its data. Absent in questions of earlier versions. */
  readonly about?: WriteFacts;
  /** Task token that resumes the state machine. Absent until the machine waits. */
  readonly token?: string;
  readonly answer?: Answer;
}

/** One field that differs between the two sides. Sensitive values are masked. */
export interface Difference {
  /** JSON Pointer. */
  readonly path: string;
  /** Absent if the base has no such field. */
  readonly base?: unknown;
  readonly ours?: unknown;
  readonly theirs?: unknown;
}

/** Both versions as a human sees them. Sensitive values are masked. */
export interface ConflictView {
  readonly ours?: unknown;
  readonly theirs?: unknown;
  readonly difference: readonly Difference[];
  /** Number of further differing fields that did not fit. */
  readonly more?: number;
}

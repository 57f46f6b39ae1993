/**
 * Why a conflict can't be settled by a rule, so that a human is asked.
 *
 * - `deleted-meanwhile`: the resource is gone (404, 410)
 * - `both-changed`: both sides changed the same field, each to another value
 * - `no-timestamps`, `same-time`: the last writer can't be told
 * - `etag-format-changed`: the ETag is of another form than the one that the caller had, so that nothing follows from comparing them
 * - `same-version`: it was refused although the version is the one that it was based on, or the one just read
 * - `not-comparable`: a state is no JSON, is too large, or would lose digits
 * - `asked-for`: the strategy is `ask`, or the team's function wants to know
 * - `changed-since`: a human has decided, and meanwhile it was changed again
 */
export type Undecided =
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
 * Why a conflict is given up without a question; the failure becomes a dead letter.
 *
 * - `rejected`: the strategy is `reject`
 * - `not-a-write`: only PUT, PATCH and DELETE have a state to compare with
 * - `etag-missing`: the state came without an ETag, so that nothing protects it from being overwritten
 * - `contended`: somebody else was faster in each round
 */
export type Unresolvable = 'rejected' | 'not-a-write' | 'etag-missing' | 'contended';

/**
 * How a conflict was settled.
 *
 * - `resubmitted`: the write went out again, with the fresh ETag
 * - `already-applied`: the state is what the write would make of it
 * - `already-deleted`: what was to be deleted is gone
 * - `theirs-newer`: theirs is the last write, and stays
 * - `decided`: a human, or the team's function, has kept theirs
 */
export type Resolved = 'resubmitted' | 'already-applied' | 'already-deleted' | 'theirs-newer' | 'decided';

export type Winner = 'ours' | 'theirs' | 'merged';

/** What the ledger knows of a conflict. */
export interface ConflictRecord {
  /** Rounds of fetch, compare, resubmit begun in this cycle. */
  readonly rounds: number;
  /** ETags that the dependency has refused, the caller's own included: none is sent again. */
  readonly refused: readonly string[];
  readonly end?: Resolved | Undecided | Unresolvable;
  readonly winner?: Winner;
  /** JSON Pointers of fields that were changed, at most 50. */
  readonly fields?: readonly string[];
  /** ETag of the state that was compared last. */
  readonly version?: string;
}

export type Choice = 'ours' | 'theirs' | 'merged' | 'abandon';

/** What a human has decided. */
export interface Answer {
  readonly choice: Choice;
  readonly by: string;
  readonly why: string;
  /** RFC 3339. */
  readonly at: string;
  /** JSON text of the whole state to be, where the choice is `merged`. */
  readonly body?: string;
}

/** A question that waits for a human. */
export interface Question {
  /** `<cycle>.<number>` */
  readonly id: string;
  readonly because: Undecided;
  /** RFC 3339. */
  readonly askedAt: string;
  /** RFC 3339: after this time nobody answers any more. */
  readonly until: string;
  /** ETag of their state; absent where there is none. */
  readonly version?: string;
  /** Digest of their state, `gone` where it was deleted: a decision holds for this state and no other. */
  readonly state: string;
  /** JSON text of a {@link Shown}. */
  readonly shown: string;
  /** By which the machine is woken; absent until it waits. */
  readonly token?: string;
  readonly answer?: Answer;
}

/** One field on which the two sides differ; values that may not be seen are masked. */
export interface Difference {
  /** JSON Pointer. */
  readonly path: string;
  /** Absent where the field is. */
  readonly base?: unknown;
  readonly ours?: unknown;
  readonly theirs?: unknown;
}

/** What a human is shown of both versions: whatever may not be seen is masked. */
export interface Shown {
  readonly ours?: unknown;
  readonly theirs?: unknown;
  readonly difference: readonly Difference[];
  /** Fields on which they differ as well, and for which there was no room. */
  readonly more?: number;
}

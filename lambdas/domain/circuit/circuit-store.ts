import type { OutboxEntry } from '../../contract/ledger-entry.ts';
import type { CircuitChange } from './circuit-change.ts';
import { type Circuit, closed } from './circuit-state.ts';
import { COMPARED_SECONDS } from './recovery.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Bucket, Part } from './tally.ts';

/** A circuit as stored in the table. */
export interface CircuitSnapshot {
  readonly circuit: Circuit;
  /** Counts changes of state. Results and probes of an earlier generation no longer count. */
  readonly generation: number;
  /** Counts writes to `circuit` and `budget`. */
  readonly version: number;
  /** Calls of this generation per second, unordered. Old seconds may be missing. */
  readonly buckets: readonly Bucket[];
  /** Parts of the newest seconds, unordered. */
  readonly parts: readonly Part[];
  /** Total number of calls that were not durable retries. */
  readonly traffic: number;
  /** Total number of calls that asked during outages, and of those that were refused. */
  readonly asks: number;
  readonly waits: number;
  /** Stored in a separate item. */
  readonly budget?: RetryBudget;
}

/** Results of one instance's calls, not yet added to the table. */
export interface CallCounts {
  /** Generation in which the calls were admitted. */
  readonly generation: number;
  /** Epoch milliseconds: the second that the counts belong to. */
  readonly at: number;
  readonly successes: number;
  readonly failures: number;
  /** The successes ended evenly between this time, in epoch milliseconds, and `until`. @default at */
  readonly from?: number;
  /** @default at */
  readonly until?: number;
  /** The newest success ended at `until`, and a single one does so as well. Otherwise, its time is unknown. */
  readonly endsAtUntil?: true;
  /** Changes of the failures that are the newest of their instance, by epoch milliseconds. @default [] */
  readonly newest?: readonly (readonly [at: number, by: number])[];
  /** Calls that asked during an outage, and those of them that were refused. @default 0 */
  readonly asks?: number;
  readonly waits?: number;
  /** Number of these calls that were not durable retries. */
  readonly traffic: number;
}

/** New values for a stored circuit. */
export interface CircuitReplacement {
  readonly circuit: Circuit;
  readonly budget?: RetryBudget;
  /** The change to publish. Present only if the state changes. */
  readonly change?: CircuitChange;
}

/** Shared store of all instances. A missing circuit counts as closed, with generation 0 and version 0. */
export interface CircuitStore {
  read(key: string, now: number): Promise<CircuitSnapshot>;
  /**
   * Adds results atomically and unconditionally.
   *
   * @returns the snapshot after the write
   */
  add(key: string, outcomes: CallCounts, now: number): Promise<CircuitSnapshot>;
  /**
   * Replaces `before` with `next`, if nobody has written in between.
   *
   * @returns the new snapshot; undefined if another instance wrote first, and nothing changed
   */
  replace(
    key: string,
    before: CircuitSnapshot,
    next: CircuitReplacement,
    now: number,
  ): Promise<CircuitSnapshot | undefined>;
}

/** Seconds for which the table keeps counts. No window may be longer. */
export const KEPT_SECONDS = 61;

/**
 * Seconds for which the table keeps the counts of a recovering circuit, whatever its window: those that it compares.
 */
export const KEPT_RECOVERING_SECONDS = COMPARED_SECONDS + 2;

/** Seconds for which a window needs counts: its own, the current second, and one for clock skew. */
export function keptSecondsOf(windowMs: number): number {
  return Math.ceil(windowMs / 1_000) + 2;
}

/** A circuit that the table doesn't hold yet. */
export const INITIAL_SNAPSHOT: CircuitSnapshot = {
  circuit: closed(0),
  generation: 0,
  version: 0,
  buckets: [],
  parts: [],
  traffic: 0,
  asks: 0,
  waits: 0,
};

/** Generation after replacing a snapshot's circuit with `next`. */
export function nextGeneration({ circuit, generation }: CircuitSnapshot, next: Circuit): number {
  // What a recovering circuit has admitted also counts once it is closed: long calls would else count only if they
  // fail.
  const continues = next.kind === circuit.kind || (circuit.kind === 'recovering' && next.kind === 'closed');
  return continues ? generation : generation + 1;
}

/** A stored circuit. `key` is a dependency or `dependency/tenant`. */
export interface StoredCircuit {
  readonly key: string;
  readonly snapshot: CircuitSnapshot;
  /** The event of its last change, if it is not published. */
  readonly outbox?: OutboxEntry | undefined;
}

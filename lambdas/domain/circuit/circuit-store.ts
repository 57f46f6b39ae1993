import { type Circuit, closed } from './circuit.ts';
import type { CircuitChange } from './circuit-change.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Bucket } from './tally.ts';

/** A circuit as the table holds it. */
export interface Snapshot {
  readonly circuit: Circuit;
  /** Counts changes of kind. Outcomes and probes of an earlier one mean nothing any more. */
  readonly generation: number;
  /** Counts writes of `circuit` and `budget`. */
  readonly version: number;
  /** Calls of this generation by the second, in no order; old seconds may be missing. */
  readonly buckets: readonly Bucket[];
  /** Calls ever counted that were not durable retries. */
  readonly traffic: number;
  /** In an item of its own, beside that of the circuit. */
  readonly budget?: RetryBudget;
}

/** Outcomes of calls of one instance, not yet counted. */
export interface Outcomes {
  /** Generation in which the calls were admitted. */
  readonly generation: number;
  /** Epoch milliseconds: the second that they belong to. */
  readonly at: number;
  readonly successes: number;
  readonly failures: number;
  /** How many of them were no durable retries. */
  readonly traffic: number;
}

export interface Replacement {
  readonly circuit: Circuit;
  readonly budget?: RetryBudget;
  /** What the change is to be told as; present where the kind changes. */
  readonly change?: CircuitChange;
}

/** Where all instances share their circuits. What is not there is a closed circuit of generation 0, version 0. */
export interface CircuitStore {
  read(key: string, now: number): Promise<Snapshot>;
  /** Adds to what is counted, in one atomic step that can't fail on a condition. Answers what stands then. */
  add(key: string, outcomes: Outcomes, now: number): Promise<Snapshot>;
  /** Puts `next` in place of `before`; undefined where somebody else has been faster, and nothing was changed. */
  replace(key: string, before: Snapshot, next: Replacement, now: number): Promise<Snapshot | undefined>;
}

/** Seconds of which counts are kept; no window is longer. */
export const KEPT_SECONDS = 61;

export const UNKNOWN: Snapshot = { circuit: closed(0), generation: 0, version: 0, buckets: [], traffic: 0 };

/** Generation of what is put in place of a snapshot. */
export function generationOf({ circuit, generation }: Snapshot, next: Circuit): number {
  return next.kind === circuit.kind ? generation : generation + 1;
}

/** A circuit, and the dependency or `dependency/tenant` that it is for. */
export interface KnownCircuit {
  readonly key: string;
  readonly snapshot: Snapshot;
}

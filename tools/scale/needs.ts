/** What one failure needs of AWS, by how it ends. Counted in the embedded cloud: a test compares. */
export interface FailureNeeds {
  /** Calls to its dependency. */
  readonly calls: number;
  /** Of these, calls by the worker. */
  readonly hotCalls: number;
  /** Requests of the worker to AWS, one after the other. */
  readonly workerRequests: number;
  /** Writes to the ledger and the effects table. */
  readonly writes: number;
  /** Executions of the Recovery machine. */
  readonly starts: number;
  readonly transitions: number;
  /** Invocations of all functions, each with one event. */
  readonly invocations: number;
}

/** How a failure ends, with its share of all: the mix of docs/benchmarks.md. */
export const MIX = {
  'heals on the first attempt': 0.7,
  'heals on the second': 0.15,
  'heals on the third': 0.05,
  'becomes a dead letter': 0.1,
} as const;

export type Ending = keyof typeof MIX;

export const NEEDS: Readonly<Record<Ending, FailureNeeds>> = {
  'heals on the first attempt': needs(1, 1, 7, 6, 0, 0, 2),
  'heals on the second': needs(2, 2, 13, 11, 0, 0, 2),
  'heals on the third': needs(3, 3, 20, 16, 0, 0, 2),
  'becomes a dead letter': needs(7, 3, 22, 42, 1, 5, 8),
};

function needs(
  calls: number,
  hotCalls: number,
  workerRequests: number,
  writes: number,
  starts: number,
  transitions: number,
  invocations: number,
): FailureNeeds {
  return { calls, hotCalls, workerRequests, writes, starts, transitions, invocations };
}

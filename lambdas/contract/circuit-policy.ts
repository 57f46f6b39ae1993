/** When a circuit opens, and how it closes again. */
export interface CircuitPolicy {
  /** Share of failures, 0 to 1, from which on it opens. */
  readonly failureRate: number;
  /** Calls in the window below which no rate means anything. */
  readonly minimumCalls: number;
  /** Time over which calls are counted, in milliseconds. */
  readonly windowMs: number;
  /** How long it stays open after it has tripped, in milliseconds. */
  readonly openForMs: number;
  /** How long it stays open after a probe has failed, in milliseconds. */
  readonly probeAgainAfterMs: number;
  /** Probes that must succeed, and that may be under way at once, over all instances. */
  readonly probes: number;
  /** After this time a probe that was not heard of again is given to somebody else, in milliseconds. */
  readonly probeLeaseMs: number;
  /** The rate that trips rises with the error rate that is usual for the dependency. */
  readonly adaptive: boolean;
}

/** What every circuit does unless it is told otherwise. */
export const DEFAULT_CIRCUIT_POLICY: CircuitPolicy = {
  failureRate: 0.5,
  minimumCalls: 5,
  windowMs: 10_000,
  openForMs: 30_000,
  probeAgainAfterMs: 5_000,
  probes: 3,
  probeLeaseMs: 15_000,
  adaptive: false,
};

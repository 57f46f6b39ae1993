/** Thresholds and timers that open and close a circuit. */
export interface CircuitPolicy {
  /** Failure rate, 0 to 1, above which the circuit opens. */
  readonly failureRate: number;
  /** Minimum calls in the window before the failure rate counts. */
  readonly minimumCalls: number;
  /**
   * Confidence, 0 to below 1, with which the failure rate must be above {@link failureRate}. At 0, the observed rate
   * decides alone.
   */
  readonly confidence: number;
  /** Length of the window over which calls are counted, in milliseconds. */
  readonly windowMs: number;
  /** Time the circuit stays open after the failure rate trips it, in milliseconds. */
  readonly openForMs: number;
  /** Longest time the circuit stays open after failed probes or a failed recovery, in milliseconds. */
  readonly probeAgainAfterMs: number;
  /** Number of probes that must succeed. Also the limit of probes in flight, across all instances. */
  readonly probes: number;
  /** Lease of a probe, in milliseconds. When it expires without a result, another caller may take the place. */
  readonly probeLeaseMs: number;
  /** Raises the tripping rate with the dependency's usual error rate. */
  readonly adaptive: boolean;
}

/** Policy of every circuit without its own settings. */
export const DEFAULT_CIRCUIT_POLICY: CircuitPolicy = {
  failureRate: 0.5,
  minimumCalls: 20,
  confidence: 0.999998,
  windowMs: 10_000,
  openForMs: 10_000,
  probeAgainAfterMs: 2_000,
  probes: 3,
  probeLeaseMs: 15_000,
  adaptive: false,
};

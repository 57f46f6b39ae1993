/** Thresholds and timers that open and close a circuit. */
export interface CircuitPolicy {
  /** Failure rate, 0 to 1, at or above which the circuit opens. */
  readonly failureRate: number;
  /** Minimum calls in the window before the failure rate counts. */
  readonly minimumCalls: number;
  /** Length of the window over which calls are counted, in milliseconds. */
  readonly windowMs: number;
  /** Time the circuit stays open after the failure rate trips it, in milliseconds. */
  readonly openForMs: number;
  /** Time the circuit stays open after a failed probe, in milliseconds. */
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
  minimumCalls: 5,
  windowMs: 10_000,
  openForMs: 30_000,
  probeAgainAfterMs: 5_000,
  probes: 3,
  probeLeaseMs: 15_000,
  adaptive: false,
};

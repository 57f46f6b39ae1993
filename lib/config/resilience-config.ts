import type { Duration } from 'aws-cdk-lib';

/**
 * When the circuit of a dependency opens, and how it closes again. A value out of range fails the synth with a
 * {@link ConfigError}.
 *
 * @example
 * const careful: CircuitConfig = { failureRate: 0.2, window: Duration.seconds(30), openFor: Duration.minutes(1) };
 * const payments: DependencyConfig = { kind: 'http', baseUrl: 'https://payments.example.com', circuit: careful };
 */
export interface CircuitConfig {
  /** Share of failed calls that opens the circuit, above 0 and at most 1. @default 0.5 */
  readonly failureRate?: number;

  /** The circuit stays closed below this number of calls, 1 to 1000. @default 20 */
  readonly minimumCalls?: number;
  /**
   * Confidence with which the failure rate must be above `failureRate`, 0 to 0.999999999. At 0, the observed rate
   * decides alone.
   * @default 0.999998
   */
  readonly confidence?: number;

  /** Length of the window in which calls count, 2 s to 60 s in whole seconds. @default Duration.seconds(10) */
  readonly window?: Duration;

  /** How long the circuit stays open before the first probes, 1 s to 1 h. @default Duration.seconds(10) */
  readonly openFor?: Duration;

  /**
   * Longest time that the circuit stays open after failed probes, or after nearly all calls have failed while it
   * recovered, 1 s to 1 h. After a failed recovery, it is shorter at first.
   * @default Duration.seconds(2)
   */
  readonly probeAgainAfter?: Duration;

  /** Probes that must succeed; as many run at once over all instances, 1 to 10. @default 3 */
  readonly probes?: number;

  /**
   * Raises `failureRate` with the dependency's usual error rate: to rate + (1 - rate) × usual rate.
   * @default false
   */
  readonly adaptive?: boolean;

  /** Gives each tenant a circuit; calls without a tenant share the dependency's. @default false */
  readonly perTenant?: boolean;
}

/** How many durable retries a dependency gets, over all its failures. */
export interface RetryBudgetConfig {
  /** Retries for each normal call, 0 to 1. @default 0.2 */
  readonly share?: number;

  /**
   * Retries per second that are always granted, 0.1 to 1000. Those of ten seconds can be saved up: 100 at once by
   * default.
   * @default 10
   */
  readonly perSecond?: number;
}

/**
 * What answers in place of a dependency that stays unreachable.
 *
 * - `static`: always the same `answer`, any JSON of at most 8 KB
 * - `last-good`: the last good answer to the same read (`GET`), unless it is older than `maxAge` (1 s to 30 days)
 * - `backup`: another registered dependency, which gets the same operation; its own fallback is not used
 * - `read-only`: reads as `last-good`; changes are refused, and the outcome says so
 * - `skip`: nothing; the operation is left out
 *
 * @example
 * const lastHour: FallbackConfig = { kind: 'last-good', maxAge: Duration.hours(1), after: Duration.minutes(10) };
 * const inventory: DependencyConfig = { kind: 'http', baseUrl: 'https://inventory.example.com', fallback: lastHour };
 */
export type FallbackConfig = {
  /**
   * How long a failure waits for its dependency before the fallback answers, 1 s to 23 h, at most the pipeline's
   * deadline.
   * @default - the pipeline's deadline
   */
  readonly after?: Duration;
} & (
  | {
      /** Always answers the same. */
      readonly kind: 'static';
      /** Any JSON of at most 8 KB. */
      readonly answer: unknown;
    }
  | {
      /** Answers reads with the last good answer; refuses changes when `read-only`. */
      readonly kind: 'last-good' | 'read-only';
      /** Age of the oldest answer to use, 1 s to 30 days. */
      readonly maxAge: Duration;
    }
  | {
      /** Makes the call to another dependency. */
      readonly kind: 'backup';
      /** Its name in the config. It has the same `kind` of dependency. */
      readonly dependency: string;
    }
  | {
      /** Leaves the operation out. */
      readonly kind: 'skip';
    }
);

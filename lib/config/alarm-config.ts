import type { Duration } from 'aws-cdk-lib';

/**
 * The thresholds of the lanes' alarms. A value out of range fails the synth with a {@link ConfigError}.
 *
 * @example
 * const alarms: AlarmConfig = {
 *   latencyP99: Duration.seconds(1),
 *   latencyP99Of: { reports: Duration.seconds(20) },
 *   anomalyDetection: false,
 * };
 */
export interface AlarmConfig {
  /** Share of a worker's invocations that may fail, above 0 and at most 1. @default 0.01 */
  readonly errorRate?: number;

  /** 99th percentile of a call's duration, 100 ms to 60 s. @default Duration.seconds(2) */
  readonly latencyP99?: Duration;

  /** Other limits for single dependencies, by name. @default - `latencyP99` for all */
  readonly latencyP99Of?: Readonly<Record<string, Duration>>;

  /** Share of a lane's `maxConcurrency` that may be in use for 15 minutes, above 0 and at most 1. @default 0.8 */
  readonly concurrency?: number;

  /**
   * Alarms on an unusual number of failures. CloudWatch learns the usual one ($0.40 a month per dependency).
   * @default true
   */
  readonly anomalyDetection?: boolean;
}

import { Duration } from 'aws-cdk-lib';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { type Check, duration, fields, number, optional, shown, trueOrFalse } from './checks.ts';

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

export type AlarmSettings = Required<AlarmConfig>;

export function toAlarmSettings(config: AlarmConfig = {}): AlarmSettings {
  return {
    errorRate: config.errorRate ?? 0.01,
    latencyP99: config.latencyP99 ?? Duration.seconds(2),
    latencyP99Of: config.latencyP99Of ?? {},
    concurrency: config.concurrency ?? 0.8,
    anomalyDetection: config.anomalyDetection ?? true,
  };
}

const latency = duration(Duration.millis(100), Duration.seconds(60));

const latencies: Check = function* (path, value) {
  if (!isPlainObject(value)) return yield* fields<object>({})(path, value);
  for (const [name, limit] of Object.entries(value)) yield* latency(`${path}.${name}`, limit);
};

/** Yields a mistake for each limit of an unknown dependency, which would have no effect. */
export function* strayLatencies(config: unknown, dependencies: unknown): Generator<string> {
  if (!isPlainObject(config) || !isPlainObject(config.latencyP99Of) || !isPlainObject(dependencies)) return;
  for (const name of Object.keys(config.latencyP99Of)) {
    if (Object.hasOwn(dependencies, name)) continue;
    yield `alarms.latencyP99Of must name dependencies of this config, got ${shown(name)}`;
  }
}

/** Yields every mistake in the setting `alarms`, except unknown names of dependencies. */
export const alarms: Check = fields<AlarmConfig>({
  errorRate: optional(number({ above: 0, most: 1 })),
  latencyP99: optional(latency),
  latencyP99Of: optional(latencies),
  concurrency: optional(number({ above: 0, most: 1 })),
  anomalyDetection: optional(trueOrFalse),
});

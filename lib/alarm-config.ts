import { Duration } from 'aws-cdk-lib';
import { duration, fields, number, optional, trueOrFalse } from './checks.ts';

/** From which values on the alarms of lanes ring. */
export interface AlarmConfig {
  /** Share of a worker's invocations that fail, above 0 and at most 1. @default 0.01 */
  readonly errorRate?: number;

  /** How long the slowest hundredth of the calls to a dependency takes, 100 ms to 60 s. @default Duration.seconds(2) */
  readonly latencyP99?: Duration;

  /** Share of a lane's `maxConcurrency` that is in use for a quarter of an hour, above 0 and at most 1. @default 0.8 */
  readonly concurrency?: number;

  /** Whether an unusual number of failures rings: CloudWatch learns what is usual ($0.30 a month for each dependency). @default true */
  readonly anomalyDetection?: boolean;
}

export type AlarmSettings = Required<AlarmConfig>;

export function toAlarmSettings(config: AlarmConfig = {}): AlarmSettings {
  return {
    errorRate: config.errorRate ?? 0.01,
    latencyP99: config.latencyP99 ?? Duration.seconds(2),
    concurrency: config.concurrency ?? 0.8,
    anomalyDetection: config.anomalyDetection ?? true,
  };
}

/** All mistakes of the setting `alarms`. */
export const alarms = fields<AlarmConfig>({
  errorRate: optional(number({ above: 0, most: 1 })),
  latencyP99: optional(duration(Duration.millis(100), Duration.seconds(60))),
  concurrency: optional(number({ above: 0, most: 1 })),
  anomalyDetection: optional(trueOrFalse),
});

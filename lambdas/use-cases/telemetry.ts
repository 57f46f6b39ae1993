import type { MetricName } from '../contract/metrics.ts';

/** Writes one log line: a constant message, and facts without payload. */
export type Log = (message: string, facts: Record<string, unknown>) => void;

/** Metrics and log lines of the use cases. */
export interface Telemetry {
  /** Adds one to a metric. */
  readonly count: (name: MetricName, dimensions?: Readonly<Record<string, string>>) => void;
  readonly warn: Log;
  readonly error: Log;
}

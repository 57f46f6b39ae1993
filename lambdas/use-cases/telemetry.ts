import type { MetricName } from '../contract/metrics.ts';

/** Writes one line of the log: a fixed message, and facts without payload. */
export type Log = (message: string, facts: Record<string, unknown>) => void;

/** How use cases make themselves seen. */
export interface Telemetry {
  /** Adds one to a metric. */
  readonly count: (name: MetricName, dimensions?: Readonly<Record<string, string>>) => void;
  readonly warn: Log;
  readonly error: Log;
}

import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricName } from '../../lambdas/contract/metrics.ts';
import { METRICS } from './backstop-function.ts';

/** A metric that Backstop's functions publish. */
export function backstopMetric(
  metricName: MetricName,
  dimensions: Readonly<Record<string, string>>,
  options: Omit<MetricOptions, 'dimensionsMap'>,
): Metric {
  return new Metric({
    ...options,
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: { ...METRICS.dimensions, ...dimensions },
  });
}

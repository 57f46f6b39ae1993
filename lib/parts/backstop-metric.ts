import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import type { MetricName } from '../../lambdas/contract/metrics.ts';
import { serviceName } from './service-name.ts';

/** Namespace of the metrics that Backstop's functions publish. */
export const NAMESPACE = 'Backstop';

/** A metric of the functions of the pipeline around `scope`. */
export function backstopMetric(
  scope: IConstruct,
  metricName: MetricName,
  dimensions: Readonly<Record<string, string>>,
  options: Omit<MetricOptions, 'dimensionsMap'>,
): Metric {
  return new Metric({
    ...options,
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { service: serviceName(scope), ...dimensions },
  });
}

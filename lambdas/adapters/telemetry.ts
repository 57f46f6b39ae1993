import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { errorFacts } from '../contract/error-facts.ts';
import { toReportableError } from '../contract/errors.ts';
import type { MetricName } from '../contract/metrics.ts';
import type { Telemetry } from '../use-cases/telemetry.ts';

// Named here, because the environment of functions of a team's own does not name them.
export const logger = new Logger({ serviceName: 'backstop' });
const metrics = new Metrics({ namespace: 'Backstop', serviceName: 'backstop', singleMetric: false });

/** The logger and the metrics, for use cases. */
export const telemetry: Telemetry = {
  count,
  warn: (message, facts) => logger.warn(message, facts),
  error: (message, facts) => logger.error(message, facts),
};

type Dimensions = Readonly<Record<string, string>>;

/** Adds one to a metric of a dependency, in the CloudWatch namespace `Backstop`. */
export function count(name: MetricName, dimensions: Dimensions = {}): void {
  put(name, MetricUnit.Count, 1, dimensions);
}

/** Notes a value of a metric, in the CloudWatch namespace `Backstop`. */
export function measure(
  name: 'CallDuration' | 'CircuitsOpen' | 'MemoryUsed',
  value: number,
  dimensions: Dimensions = {},
): void {
  put(name, UNITS[name], value, dimensions);
}

const UNITS = {
  CallDuration: MetricUnit.Milliseconds,
  CircuitsOpen: MetricUnit.Count,
  MemoryUsed: MetricUnit.Percent,
} as const;

function put(
  name: MetricName,
  unit: (typeof MetricUnit)[keyof typeof MetricUnit],
  value: number,
  dimensions: Dimensions,
) {
  const metric = metrics.singleMetric();
  for (const [dimension, text] of Object.entries(dimensions)) metric.addDimension(dimension, text);
  metric.addMetric(name, unit, value);
}

/** Below that share nobody needs to hear of it, and a line for each invocation would cost more than it tells. */
const NOTICEABLE_PERCENT = 50;
const BYTES_PER_MB = 1_048_576;

function noteMemory({ memoryLimitInMB }: Pick<Context, 'memoryLimitInMB'>): void {
  // Elsewhere the process is not the function's alone.
  if (!process.env.AWS_EXECUTION_ENV) return;
  const percent = (100 * process.memoryUsage.rss()) / (Number(memoryLimitInMB) * BYTES_PER_MB);
  if (percent >= NOTICEABLE_PERCENT) measure('MemoryUsed', Math.min(100, Math.round(percent)));
}

/** Puts what identifies the failure at hand on every line from now on. */
export function identify(ids: { readonly correlationId?: string; readonly failureId?: string }): void {
  logger.removeKeys(['correlationId', 'failureId']);
  logger.appendKeys(ids);
}

/** Puts the ids of the failure at hand on every line of the work; after an error they stay, for whoever reports it. */
export async function about<T>(
  { correlationId, failureId }: { readonly correlationId: string; readonly failureId: string },
  work: () => Promise<T>,
): Promise<T> {
  identify({ correlationId, failureId });
  const result = await work();
  identify({});
  return result;
}

/** A handler whose errors say nothing that may not be said: they show in logs and in execution history. */
export function guarded<Result>(
  work: (event: unknown, context: Context) => Promise<Result>,
): (event: unknown, context: Context) => Promise<Result> {
  return async (event, context) => {
    logger.addContext(context);
    identify({});
    try {
      return await work(event, context);
    } catch (error) {
      const shown = toReportableError(error);
      if (shown !== error) {
        logger.error('the invocation failed', errorFacts(error));
        count('HandlerFailed');
      }
      throw shown;
    } finally {
      noteMemory(context);
    }
  };
}

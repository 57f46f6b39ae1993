import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { errorFacts } from '../contract/error-facts.ts';
import { toReportableError } from '../contract/errors.ts';
import { type MetricName, SERVICE_VARIABLE } from '../contract/metrics.ts';
import { plainText } from '../domain/disclosure/plain-text.ts';
import type { Log, Telemetry } from '../use-cases/telemetry.ts';

/** The pipeline's name. In your own functions, `pipeline.guard` sets it. */
export const serviceName = process.env[SERVICE_VARIABLE] ?? 'backstop';

export const logger = new Logger({
  serviceName,
  // JSON leaves characters as they are that reverse or hide others on the reader's screen.
  jsonReplacerFn: (_, value) => (typeof value === 'string' ? value.split('\n').map(plainText).join('\n') : value),
});
const metrics = new Metrics({ namespace: 'Backstop', serviceName, singleMetric: false });

/** Logs a decision. */
export const log: Log = (message, facts) => logger.info(message, facts);

/** Logger and metrics in the form that use cases take. */
export const telemetry: Telemetry = {
  count,
  warn: (message, facts) => logger.warn(message, facts),
  error: (message, facts) => logger.error(message, facts),
};

type Dimensions = Readonly<Record<string, string>>;

/** Adds 1 to a metric in the CloudWatch namespace `Backstop`. */
export function count(name: MetricName, dimensions: Dimensions = {}): void {
  put(name, MetricUnit.Count, 1, dimensions);
}

/** Records a value of a metric in the CloudWatch namespace `Backstop`, in the metric's own unit. */
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
  // Powertools writes nothing then, and making a metric for it takes longer than most decisions.
  if (process.env.POWERTOOLS_METRICS_DISABLED === 'true') return;
  const metric = metrics.singleMetric();
  for (const [dimension, text] of Object.entries(dimensions)) metric.addDimension(dimension, text);
  metric.addMetric(name, unit, value);
}

/** Below this share no alarm needs the metric, and a log line per invocation would cost more than it is worth. */
const NOTICEABLE_PERCENT = 50;
const BYTES_PER_MB = 1_048_576;

function measureMemory({ memoryLimitInMB }: Pick<Context, 'memoryLimitInMB'>): void {
  // Outside Lambda the process runs more than this function, so its memory means nothing.
  if (!process.env.AWS_EXECUTION_ENV) return;
  const percent = (100 * process.memoryUsage.rss()) / (Number(memoryLimitInMB) * BYTES_PER_MB);
  if (percent >= NOTICEABLE_PERCENT) measure('MemoryUsed', Math.min(100, Math.round(percent)));
}

/** Adds the ids of the current failure to every later log line. */
export function identify(ids: { readonly correlationId?: string; readonly failureId?: string }): void {
  if (logger.getLevelName() === 'SILENT') return;
  logger.removeKeys(['correlationId', 'failureId']);
  logger.appendKeys(ids);
}

/** Adds a failure's ids to every log line of `work`. After an error the ids stay, for the code that logs it. */
export async function withFailureIds<T>(
  { correlationId, failureId }: { readonly correlationId: string; readonly failureId: string },
  work: () => Promise<T>,
): Promise<T> {
  identify({ correlationId, failureId });
  const result = await work();
  identify({});
  return result;
}

/** Wraps a handler so that its errors carry no payload, because logs and execution history show them. */
export function withSafeErrors<Result>(
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
      measureMemory(context);
    }
  };
}

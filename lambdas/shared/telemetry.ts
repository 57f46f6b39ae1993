import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { errorName, presentable } from './errors.ts';

// Named here, because the environment of functions of a team's own does not name them.
export const logger = new Logger({ serviceName: 'backstop' });
const metrics = new Metrics({ namespace: 'Backstop', serviceName: 'backstop', singleMetric: false });

export type MetricName =
  /** Failures that reached their outcome. */
  | 'FailureSettled'
  /** Failures passed on to the Recovery machine. */
  | 'FailureHandedOver'
  /** Messages sent back to their lane, because the circuit is open or an execution goes on. */
  | 'FailureHeld'
  /** Deliveries of a failure that is known already. */
  | 'FailureDuplicated'
  /** Messages of other dead-letter queues that were taken into a lane. */
  | 'FailureAdopted'
  /** Events that could not be accepted. */
  | 'FailureRejected'
  /** Letters put aside, because their failures have used up their cycles. */
  | 'FailureParked'
  /** Messages and invocations that ended in a fault of our own. */
  | 'HandlerFailed'
  /** Entries that the reconciler had to finish. */
  | 'FailureReconciled'
  /** Writes that have lost a race, by dependency and strategy; each round that is lost counts. */
  | 'ConflictMet'
  /** Conflicts that were settled, by dependency, strategy and winner. */
  | 'ConflictResolved'
  /** Questions that wait for a human, by dependency, strategy and what they are about. */
  | 'DecisionAsked'
  /** Steps that were undone, by dependency. */
  | 'StepUndone'
  /** Steps that could not be undone, by dependency. */
  | 'UndoFailed'
  /** Sagas that went on in another execution, by direction. */
  | 'SagaRescued'
  /** Changes of the kind of a circuit. */
  | 'CircuitChanged'
  /** Requests to the table of circuits that failed, so that calls passed unasked or went uncounted. */
  | 'CircuitStoreUnreachable'
  /** Alerts that some channel did not take; they are tried again. */
  | 'AlertFailed'
  /** Milliseconds that calls took, by dependency. */
  | 'CallDuration'
  /** Circuits that are open, by dependency: as they open, and as the reconciler finds them. */
  | 'CircuitsOpen'
  /** Percent of a function's memory, from half of it on. */
  | 'MemoryUsed';

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

/** What may be logged of an error: its name, its code and where it was thrown; its message may quote data. */
export function errorFacts(error: unknown): Record<string, unknown> {
  const code = codeOf(error);
  return {
    error: errorName(error),
    ...(code !== undefined && { code }),
    frames: error instanceof Error ? framesOf(error) : undefined,
  };
}

/** `ECONNREFUSED` and the like; anything that is no short word may be data. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
}

/** The stack begins with the message, and a line of that may look like a frame. */
function framesOf({ stack = '', message }: Error): string[] {
  const frames = stack.slice(stack.indexOf(message) + message.length);
  return frames.split('\n').filter((line) => /^\s+at /.test(line));
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
      const shown = presentable(error);
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

import { Duration } from 'aws-cdk-lib';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { alarms, strayLatencies } from '../config/alarm-config.ts';
import {
  anything,
  type Check,
  duration,
  fields,
  inWhole,
  isDuration,
  optional,
  shown,
  text,
  trueOrFalse,
  whole,
} from '../config/checks.ts';
import { validateConfig } from '../config/validate-config.ts';
import { escalation } from '../escalation/escalation-config.ts';
import type { ResiliencePipelineProps } from './pipeline-props.ts';

/** Yields every mistake in the props of a pipeline. Mistakes in dependencies come first. */
export function* validatePipeline(props: ResiliencePipelineProps): Generator<string> {
  yield* validateConfig(props);
  yield* lateFallbacks(props);
  yield* settings('', props);
  yield* strayLatencies(props.alarms, props.dependencies);
}

/** Default time for which Backstop retries a failure. */
export const DEFAULT_DEADLINE = Duration.hours(6);
const MAX_DEADLINE = Duration.hours(23);

/** Yields a mistake for each fallback that comes too late, because Backstop gives up at the deadline. */
function* lateFallbacks({ dependencies, deadline = DEFAULT_DEADLINE }: ResiliencePipelineProps): Generator<string> {
  if (!isPlainObject(dependencies) || !isDuration(deadline)) return;
  for (const [name, config] of Object.entries(dependencies)) {
    const after = fallbackAfter(config);
    // `validateConfig` already reports a fallback later than any deadline.
    if (!after || after.toMilliseconds() > MAX_DEADLINE.toMilliseconds()) continue;
    if (after.toMilliseconds() > deadline.toMilliseconds()) {
      yield `dependency '${name}': fallback.after must be at most the deadline (${shown(deadline)}), got ${shown(after)}`;
    }
  }
}

function fallbackAfter(config: unknown): Duration | undefined {
  if (!isPlainObject(config) || !isPlainObject(config.fallback)) return undefined;
  const { after } = config.fallback;
  return isDuration(after) ? after : undefined;
}

const minutes: Check = function* (path, value) {
  const mistakes = [...duration(Duration.minutes(1), Duration.hours(1))(path, value)];
  yield* mistakes;
  if (mistakes.length === 0 && isDuration(value) && value.toMilliseconds() % 60_000 !== 0) {
    yield `${path} must be whole minutes (the unit of EventBridge schedules), got ${shown(value)}`;
  }
};

const settings = fields<ResiliencePipelineProps>({
  dependencies: anything,
  store: anything,
  deadline: optional(
    duration(Duration.seconds(1), MAX_DEADLINE, {
      most: 'an undo may take as long as the attempts',
    }),
  ),
  decisionTimeout: optional(
    inWhole('seconds', duration(Duration.seconds(1), Duration.days(14)), 'the unit of Step Functions timeouts'),
  ),
  durableRetryInterval: optional(duration(Duration.seconds(1), Duration.hours(1))),
  retention: optional(
    duration(Duration.days(15), Duration.days(365), { least: 'dead-letter queues keep messages for 14 days' }),
  ),
  reconcileEvery: optional(minutes),
  reconcileAfter: optional(duration(Duration.seconds(1), Duration.hours(12))),
  batchSize: optional(whole(1, 10)),
  alarms: optional(alarms),
  escalation: optional(escalation),
  dashboards: optional(trueOrFalse),
  health: optional(trueOrFalse),
  runbookUrl: optional(text),
  logRetention: anything,
  handlers: optional(text),
});

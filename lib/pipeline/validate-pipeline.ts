import type { Duration } from 'aws-cdk-lib';
import * as v from 'valibot';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { strayLatencies } from '../config/alarm-schema.ts';
import { mistakesIn } from '../config/schema.ts';
import { unknownAtSynth } from '../config/unknown-at-synth.ts';
import { ConfigError, validateConfig } from '../config/validate-config.ts';
import { isDuration, shown } from '../config/values.ts';
import type { ResiliencePipelineProps } from './pipeline-props.ts';
import { DEFAULT_DEADLINE, MAX_DEADLINE, type PipelineSettings, pipeline } from './pipeline-schema.ts';

/**
 * Fills in the defaults of a pipeline.
 *
 * @throws ConfigError that names every mistake
 */
export function resolvePipeline(props: ResiliencePipelineProps): PipelineSettings {
  ConfigError.throwIfAny(validatePipeline(props));
  return v.parse(pipeline, props);
}

/** Yields every mistake in the props of a pipeline. Mistakes in dependencies come first. */
export function* validatePipeline(props: ResiliencePipelineProps): Generator<string> {
  yield* validateConfig(props);
  yield* lateFallbacks(props);
  const unknown = [...unknownAtSynth(props)];
  yield* unknown.length > 0 ? unknown : mistakesIn(pipeline, props);
  yield* strayLatencies(props.alarms, props.dependencies);
}

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

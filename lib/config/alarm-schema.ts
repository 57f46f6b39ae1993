import { Duration } from 'aws-cdk-lib';
import type * as v from 'valibot';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { defaulted, recordOf, settings } from './schema.ts';
import { anything, duration, number, shown, trueOrFalse } from './values.ts';

const latency = duration(Duration.millis(100), Duration.seconds(60));

export const alarms = settings({
  errorRate: defaulted(
    0.01,
    number({ above: 0, most: 1 }),
    'Share of failed worker invocations in five minutes. A single failure never rings',
  ),
  latencyP99: defaulted(Duration.seconds(2), latency, 'p99 duration of calls to a dependency, over 15 minutes'),
  latencyP99Of: defaulted(
    {},
    recordOf(anything<string>(), latency, {
      range: 'object of names of this config to Durations as above',
      wrong: [{ reports: Duration.millis(1) }],
    }),
    'The same for single dependencies: `{ reports: Duration.seconds(20) }`',
    { absent: '`latencyP99` for all' },
  ),
  concurrency: defaulted(
    0.8,
    number({ above: 0, most: 1 }),
    "Used share of a lane's `maxConcurrency`, over 15 minutes. 1 never rings",
  ),
  anomalyDetection: defaulted(
    true,
    trueOrFalse,
    'Ring on an unusual number of failures; CloudWatch learns the usual one. Costs $0.40 a month for each dependency',
  ),
});

export type AlarmSettings = v.InferOutput<typeof alarms>;

/** Yields a mistake for each limit of an unknown dependency, which would have no effect. */
export function* strayLatencies(config: unknown, dependencies: unknown): Generator<string> {
  if (!isPlainObject(config) || !isPlainObject(config.latencyP99Of) || !isPlainObject(dependencies)) return;
  for (const name of Object.keys(config.latencyP99Of)) {
    if (Object.hasOwn(dependencies, name)) continue;
    yield `alarms.latencyP99Of must name dependencies of this config, got ${shown(name)}`;
  }
}

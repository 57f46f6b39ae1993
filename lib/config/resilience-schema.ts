import { isDeepStrictEqual } from 'node:util';
import { Duration } from 'aws-cdk-lib';
import * as v from 'valibot';
import { DEFAULT_CIRCUIT_POLICY as POLICY } from '../../lambdas/contract/circuit-policy.ts';
import { isPlainObject, jsonRoundTripProblem } from '../../lambdas/contract/json-round-trip.ts';
import { byKind, defaulted, inMilliseconds, optional, required, settings } from './schema.ts';
import { anything, duration, grouped, inWhole, number, oneOf, shown, text, trueOrFalse, whole } from './values.ts';

const pause = duration(Duration.seconds(1), Duration.hours(1));

export const circuit = v.pipe(
  settings({
    failureRate: defaulted(
      POLICY.failureRate,
      number({ above: 0, most: 1 }),
      'Share of failed calls above which the circuit opens',
    ),
    minimumCalls: defaulted(POLICY.minimumCalls, whole(1, 1_000), 'Minimum calls; below it, no rate opens the circuit'),
    confidence: defaulted(
      POLICY.confidence,
      number({ least: 0, most: 0.999999999 }),
      'Confidence with which the rate must be above `failureRate`, see below; 0: the observed rate decides alone',
    ),
    window: defaulted(
      Duration.millis(POLICY.windowMs),
      inWhole('seconds', duration(Duration.seconds(2), Duration.seconds(60)), 'calls are counted per second'),
      'Time over which the circuit counts calls',
    ),
    openFor: defaulted(Duration.millis(POLICY.openForMs), pause, 'How long no call passes after the circuit opens'),
    probeAgainAfter: defaulted(
      Duration.millis(POLICY.probeAgainAfterMs),
      pause,
      'How long no call passes after failed probes or a failed recovery, see below',
    ),
    probes: defaulted(
      POLICY.probes,
      whole(1, 10),
      'Calls that must succeed before more pass. Also the probes in flight at once, over all instances',
    ),
    adaptive: defaulted(
      POLICY.adaptive,
      trueOrFalse,
      "Raise `failureRate` by the dependency's usual error rate: rate + (1 - rate) × usual rate",
    ),
    perTenant: defaulted(
      false,
      trueOrFalse,
      "Give each tenant its own circuit. Failures without a tenant share the dependency's",
    ),
  }),
  inMilliseconds(),
);

export const retryBudget = settings({
  share: defaulted(0.2, number({ least: 0, most: 1 }), 'Durable retries for each other call through the circuit'),
  perSecond: defaulted(
    10,
    number({ least: 0.1, most: 1_000 }),
    "Durable retries a second that are always granted. Ten seconds' worth can accumulate: 100 at once by default",
  ),
});

const MAX_ANSWER_BYTES = 8_192;

/** Only JSON that survives a round trip unchanged. */
const answer = v.pipe(
  anything<unknown>(),
  v.rawCheck(({ dataset: { value }, addIssue }) => {
    const problem = answerProblem(value);
    if (problem !== undefined) addIssue({ message: problem });
  }),
  v.metadata({
    range: `JSON of at most ${grouped(MAX_ANSWER_BYTES)} bytes; no \`undefined\`, no \`Date\`, no integer beyond ${Number.MAX_SAFE_INTEGER}`,
    wrong: [undefined, 'x'.repeat(MAX_ANSWER_BYTES), 2 ** 53],
  }),
);

function answerProblem(value: unknown): string | undefined {
  const written = writtenAs(value);
  const size = Buffer.byteLength(written ?? '');
  // The size check comes first, so that later checks and messages stay small.
  if (size > MAX_ANSWER_BYTES) return `must be at most ${MAX_ANSWER_BYTES} bytes of JSON, got ${size} bytes`;
  if (written === undefined || !isDeepStrictEqual(JSON.parse(written), value)) {
    return `must be valid JSON (null, booleans, numbers, strings, arrays, plain objects), got ${shown(value)}`;
  }
  return jsonRoundTripProblem(value);
}

/** The JSON of a value; undefined if it has none. */
function writtenAs(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const after = optional(
  duration(Duration.seconds(1), Duration.hours(23)),
  'How long a failure waits for its dependency before the fallback answers',
  { also: 'at most `deadline` of the pipeline', absent: '`deadline` of the pipeline' },
);
const maxAge = required(duration(Duration.seconds(1), Duration.days(30)), 'Maximum age of the last good answer');
const lastGood = v.pipe(settings({ kind: oneOf('last-good', 'read-only'), maxAge, after }), inMilliseconds());

const FALLBACKS = {
  static: v.pipe(settings({ kind: oneOf('static'), answer: required(answer, 'The answer'), after }), inMilliseconds()),
  'last-good': lastGood,
  backup: v.pipe(
    settings({
      kind: oneOf('backup'),
      dependency: required(text, 'The dependency that gets the operation instead', {
        also: 'name of another of your `dependencies`',
      }),
      after,
    }),
    inMilliseconds(),
  ),
  'read-only': lastGood,
  skip: v.pipe(settings({ kind: oneOf('skip'), after }), inMilliseconds()),
};

const MEANING = 'What answers, see below';

export const fallback = byKind('kind', FALLBACKS, MEANING);

/** A fallback of a kind of dependency that has no answer to keep. */
export function fallbackOf(kind: string, allowed: readonly (keyof typeof FALLBACKS)[]): typeof fallback {
  const variants = Object.fromEntries(allowed.map((each) => [each, FALLBACKS[each]]));
  return byKind('kind', variants as typeof FALLBACKS, MEANING, ` for the kind ${shown(kind)}`);
}

/** Name of the backup dependency in a config, valid or not. */
export function backupOf(config: unknown): string | undefined {
  if (!isPlainObject(config) || !isPlainObject(config.fallback) || config.fallback.kind !== 'backup') return undefined;
  const { dependency } = config.fallback;
  return typeof dependency === 'string' ? dependency : undefined;
}

import { isDeepStrictEqual } from 'node:util';
import { Duration } from 'aws-cdk-lib';
import { DEFAULT_CIRCUIT_POLICY } from '../../lambdas/contract/circuit-policy.ts';
import { isPlainObject, jsonRoundTripProblem } from '../../lambdas/contract/json-round-trip.ts';
import type { CircuitSettings, FallbackSettings, RetryBudgetSettings } from '../../lambdas/contract/settings.ts';
import {
  type Check,
  duration,
  fields,
  inWhole,
  number,
  oneOf,
  optional,
  shown,
  text,
  trueOrFalse,
  whole,
} from './checks.ts';

/**
 * When the circuit of a dependency opens, and how it closes again. A value out of range fails the synth with a
 * {@link ConfigError}.
 *
 * @example
 * const careful: CircuitConfig = { failureRate: 0.2, window: Duration.seconds(30), openFor: Duration.minutes(1) };
 * const payments: DependencyConfig = { kind: 'http', baseUrl: 'https://payments.example.com', circuit: careful };
 */
export interface CircuitConfig {
  /** Share of failed calls that opens the circuit, above 0 and at most 1. @default 0.5 */
  readonly failureRate?: number;

  /** The circuit stays closed below this number of calls, 1 to 1000. @default 20 */
  readonly minimumCalls?: number;

  /**
   * Confidence with which the failure rate must be above `failureRate`, 0 to 0.999999999. At 0, the observed rate decides
   * alone.
   * @default 0.999998
   */
  readonly confidence?: number;

  /** Length of the window in which calls count, 2 s to 60 s in whole seconds. @default Duration.seconds(10) */
  readonly window?: Duration;

  /** How long the circuit stays open before the first probes, 1 s to 1 h. @default Duration.seconds(30) */
  readonly openFor?: Duration;

  /**
   * How long the circuit stays open after a failed probe, or after nearly all calls have failed while it recovered, 1 s
   * to 1 h.
   * @default Duration.seconds(5)
   */
  readonly probeAgainAfter?: Duration;

  /** Probes that must succeed; as many run at once over all instances, 1 to 10. @default 3 */
  readonly probes?: number;

  /**
   * Raises `failureRate` with the dependency's usual error rate: to rate + (1 - rate) × usual rate.
   * @default false
   */
  readonly adaptive?: boolean;

  /** Gives each tenant a circuit; calls without a tenant share the dependency's. @default false */
  readonly perTenant?: boolean;
}

/** How many durable retries a dependency gets, over all its failures. */
export interface RetryBudgetConfig {
  /** Retries for each normal call, 0 to 1. @default 0.2 */
  readonly share?: number;

  /**
   * Retries per second that are always granted, 0.1 to 1000. Those of ten seconds can be saved up: 100 at once by
   * default.
   * @default 10
   */
  readonly perSecond?: number;
}

/**
 * What answers in place of a dependency that stays unreachable.
 *
 * - `static`: always the same `answer`, any JSON of at most 8 KB
 * - `last-good`: the last good answer to the same read (`GET`), unless it is older than `maxAge` (1 s to 30 days)
 * - `backup`: another registered dependency, which gets the same operation; its own fallback is not used
 * - `read-only`: reads as `last-good`; changes are refused, and the outcome says so
 * - `skip`: nothing; the operation is left out
 *
 * @example
 * const lastHour: FallbackConfig = { kind: 'last-good', maxAge: Duration.hours(1), after: Duration.minutes(10) };
 * const inventory: DependencyConfig = { kind: 'http', baseUrl: 'https://inventory.example.com', fallback: lastHour };
 */
export type FallbackConfig = {
  /**
   * How long a failure waits for its dependency before the fallback answers, 1 s to 23 h, at most the pipeline's
   * deadline.
   * @default - the pipeline's deadline
   */
  readonly after?: Duration;
} & (
  | {
      /** Always answers the same. */
      readonly kind: 'static';
      /** Any JSON of at most 8 KB. */
      readonly answer: unknown;
    }
  | {
      /** Answers reads with the last good answer; refuses changes when `read-only`. */
      readonly kind: 'last-good' | 'read-only';
      /** Age of the oldest answer to use, 1 s to 30 days. */
      readonly maxAge: Duration;
    }
  | {
      /** Makes the call to another dependency. */
      readonly kind: 'backup';
      /** Its name in the config. It has the same `kind` of dependency. */
      readonly dependency: string;
    }
  | {
      /** Leaves the operation out. */
      readonly kind: 'skip';
    }
);

const DEFAULT_RETRY_BUDGET: RetryBudgetSettings = { share: 0.2, perSecond: 10 };

/** Fills in the defaults of a circuit. A probe holds its lease for `probeLeaseMs`, longer than any call takes. */
export function toCircuitSettings(config: CircuitConfig = {}, probeLeaseMs: number): CircuitSettings {
  const { window, openFor, probeAgainAfter } = config;
  const defaults = DEFAULT_CIRCUIT_POLICY;
  return {
    failureRate: config.failureRate ?? defaults.failureRate,
    minimumCalls: config.minimumCalls ?? defaults.minimumCalls,
    confidence: config.confidence ?? defaults.confidence,
    windowMs: window?.toMilliseconds() ?? defaults.windowMs,
    openForMs: openFor?.toMilliseconds() ?? defaults.openForMs,
    probeAgainAfterMs: probeAgainAfter?.toMilliseconds() ?? defaults.probeAgainAfterMs,
    probes: config.probes ?? defaults.probes,
    probeLeaseMs,
    adaptive: config.adaptive ?? defaults.adaptive,
    perTenant: config.perTenant ?? false,
  };
}

/** Fills in the defaults of a retry budget. */
export function toRetryBudgetSettings({ share, perSecond }: RetryBudgetConfig = {}): RetryBudgetSettings {
  return {
    share: share ?? DEFAULT_RETRY_BUDGET.share,
    perSecond: perSecond ?? DEFAULT_RETRY_BUDGET.perSecond,
  };
}

/** Converts a fallback for the handlers. */
export function toFallbackSettings(config: FallbackConfig): FallbackSettings {
  const soon = config.after && { afterMs: config.after.toMilliseconds() };
  switch (config.kind) {
    case 'static':
      return { kind: config.kind, answer: config.answer, ...soon };
    case 'last-good':
    case 'read-only':
      return { kind: config.kind, maxAgeMs: config.maxAge.toMilliseconds(), ...soon };
    case 'backup':
      return { kind: config.kind, dependency: config.dependency, ...soon };
    case 'skip':
      return { kind: config.kind, ...soon };
    default:
      return config satisfies never;
  }
}

const pause = duration(Duration.seconds(1), Duration.hours(1));

export const circuit: Check = fields<CircuitConfig>({
  failureRate: optional(number({ above: 0, most: 1 })),
  minimumCalls: optional(whole(1, 1_000)),
  confidence: optional(number({ least: 0, most: 0.999999999 })),
  window: optional(
    inWhole('seconds', duration(Duration.seconds(2), Duration.seconds(60)), 'calls are counted per second'),
  ),
  openFor: optional(pause),
  probeAgainAfter: optional(pause),
  probes: optional(whole(1, 10)),
  adaptive: optional(trueOrFalse),
  perTenant: optional(trueOrFalse),
});

export const retryBudget: Check = fields<RetryBudgetConfig>({
  share: optional(number({ least: 0, most: 1 })),
  perSecond: optional(number({ least: 0.1, most: 1_000 })),
});

const MAX_ANSWER_BYTES = 8_192;

/** Accepts only JSON that survives a round trip unchanged. */
const answer: Check = function* (path, value) {
  const written = writtenAs(value);
  const size = Buffer.byteLength(written ?? '');
  // The size check comes first, so that later checks and messages stay small.
  if (size > MAX_ANSWER_BYTES) yield `${path} must be at most ${MAX_ANSWER_BYTES} bytes of JSON, got ${size} bytes`;
  else if (written === undefined || !isDeepStrictEqual(JSON.parse(written), value)) {
    yield `${path} must be valid JSON (null, booleans, numbers, strings, arrays, plain objects), got ${shown(value)}`;
  } else {
    const reason = jsonRoundTripProblem(value);
    if (reason !== undefined) yield `${path} ${reason}`;
  }
};

/** The JSON of a value; undefined if it has none. */
function writtenAs(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const maxAge = duration(Duration.seconds(1), Duration.days(30));
const after = optional(duration(Duration.seconds(1), Duration.hours(23)));
/** Checks a fallback of one kind with the settings of that kind. */
const only = <K extends FallbackConfig['kind']>(
  kind: K,
  own: Readonly<Record<Exclude<keyof Extract<FallbackConfig, { kind: K }> & string, 'kind' | 'after'>, Check>>,
) => fields({ kind: oneOf(kind), ...own, after });

const FALLBACKS: Readonly<Record<FallbackConfig['kind'], Check>> = {
  static: only('static', { answer }),
  'last-good': only('last-good', { maxAge }),
  backup: only('backup', { dependency: text }),
  'read-only': only('read-only', { maxAge }),
  skip: only('skip', {}),
};

export const fallback: Check = function* (path, value) {
  if (!isPlainObject(value)) return yield* fields<object>({})(path, value);
  const kind = String(value.kind);
  if (Object.hasOwn(FALLBACKS, kind)) yield* FALLBACKS[kind as FallbackConfig['kind']](path, value);
  else yield* oneOf(...Object.keys(FALLBACKS))(`${path}.kind`, value.kind);
};

/** Name of the backup dependency in a config, valid or not. */
export function backupOf(config: unknown): string | undefined {
  if (!isPlainObject(config) || !isPlainObject(config.fallback) || config.fallback.kind !== 'backup') return undefined;
  const { dependency } = config.fallback;
  return typeof dependency === 'string' ? dependency : undefined;
}

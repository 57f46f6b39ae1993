import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { RedriveSettings } from '../../lambdas/contract/settings.ts';
import { type Check, fields, number, optional, trueOrFalse, whole } from './checks.ts';

/**
 * How Backstop redrives the dead letters of a dependency.
 *
 * @example
 * const redrive: RedriveConfig = { automatic: true, rate: 1, maxCycles: 3 };
 * const mail: DependencyConfig = { kind: 'http', baseUrl: 'https://mail.example.com', redrive };
 */
export interface RedriveConfig {
  /**
   * Cycles of a failure in all, the first one included, 1 to 20. After the last one, a redrive parks the dead letter
   * for a human.
   * @default 5
   */
  readonly maxCycles?: number;

  /** Redrives failures given up while the dependency was down, once its circuit closes. @default false */
  readonly automatic?: boolean;

  /** Dead letters per second of an automatic redrive, 0.1 to 100. @default 5 */
  readonly rate?: number;
}

const DEFAULTS: RedriveSettings = { maxCycles: 5, automatic: false, rate: 5 };

/** Converts the settings for the handlers, with every default filled in. */
export function toRedriveSettings(config: RedriveConfig = {}): RedriveSettings {
  return {
    maxCycles: config.maxCycles ?? DEFAULTS.maxCycles,
    automatic: config.automatic ?? DEFAULTS.automatic,
    rate: config.rate ?? DEFAULTS.rate,
  };
}

const shape = fields<RedriveConfig>({
  maxCycles: optional(whole(1, 20)),
  automatic: optional(trueOrFalse),
  rate: optional(number({ least: 0.1, most: 100 })),
});

export const redrive: Check = function* (path, value) {
  yield* shape(path, value);
  if (isPlainObject(value) && value.automatic === true && value.maxCycles === 1) {
    yield `${path}.maxCycles must be at least 2 with automatic: true (the first automatic redrive would park every dead letter), got 1`;
  }
};

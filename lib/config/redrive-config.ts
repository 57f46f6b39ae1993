import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { RedriveSettings } from '../../lambdas/contract/settings.ts';
import { type Check, fields, number, optional, trueOrFalse, whole } from './checks.ts';

/** What becomes of dead letters that are redriven. */
export interface RedriveConfig {
  /**
   * Cycles that a failure gets in all, the first way through included, 1 to 20. A letter that is redriven after that is parked, for a
   * human to decide. @default 5
   */
  readonly maxCycles?: number;

  /** Redrives by itself, when the dependency's circuit closes, what was given up because it was down. @default false */
  readonly automatic?: boolean;

  /** Letters a second that a redrive of its own comes to, 0.1 to 100. @default 5 */
  readonly rate?: number;
}

const DEFAULTS: RedriveSettings = { maxCycles: 5, automatic: false, rate: 5 };

/** Redrives as the handlers know them, with every default filled in. */
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
    yield `${path}.maxCycles must be at least 2 (each letter that is redriven by itself would be parked), got 1`;
  }
};

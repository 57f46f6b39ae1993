import type { Capacity } from './herd-service.ts';

/** A service that was down or failed in part, and those who wait for it. */
export interface Herd {
  readonly clients: number;
  readonly instances: number;
  /** Clients arrive evenly during this time, which starts with the outage, in milliseconds. */
  readonly arrivalMs: number;
  /** Length of the outage, in milliseconds. The seed chooses it. */
  readonly outageMs: { readonly least: number; readonly most: number };
  readonly capacity: Capacity;
  /** Failure rate during the outage, 0 to 1. @default 1 */
  readonly failing?: number;
  /** Further clients per second, from before the outage until all are served. @default 0 */
  readonly foreground?: number;
  /** Part of a served call's cost that a call beyond the capacity costs. @default 0 */
  readonly costOfRefusal?: number;
  /** Failure rate of the calls that the service has room for, after its return, 0 to 1. @default 0 */
  readonly residual?: number;
  /** Duration of a call, in milliseconds. @default 50 */
  readonly callMs?: number;
  /** Time over which the capacity counts, in milliseconds. @default 100 */
  readonly sliceMs?: number;
}

export const CLIENTS = 10_000;
export const CAPACITY_PER_SECOND = 500;

const BASE: Herd = {
  clients: CLIENTS,
  instances: 50,
  arrivalMs: 10_000,
  outageMs: { least: 30_000, most: 35_000 },
  capacity: () => CAPACITY_PER_SECOND,
};

function brownout(failing: number): Herd {
  return { ...BASE, arrivalMs: 60_000, outageMs: { least: 60_000, most: 60_000 }, failing };
}

export const SCENARIOS = {
  base: BASE,
  'slow ramp-up': { ...BASE, capacity: (sinceReturn) => CAPACITY_PER_SECOND * Math.min(1, sinceReturn / 20_000) },
  'half capacity': { ...BASE, capacity: () => CAPACITY_PER_SECOND / 2 },
  // Three periods of 5 s up and 5 s down.
  flapping: {
    ...BASE,
    capacity: (sinceReturn) => (sinceReturn < 30_000 && sinceReturn % 10_000 >= 5_000 ? 0 : CAPACITY_PER_SECOND),
  },
  'long outage': { ...BASE, outageMs: { least: 300_000, most: 305_000 } },
  'tiny capacity': { ...BASE, clients: 1_000, capacity: () => 20 },
  'small capacity': { ...BASE, clients: 2_000, capacity: () => 40 },
  'foreground traffic': { ...BASE, foreground: 100 },
  'refusals cost capacity': { ...BASE, costOfRefusal: 0.3 },
  'calls of 3 s': { ...BASE, callMs: 3_000, residual: 0.1 },
  'outage of 12 s': { ...BASE, arrivalMs: 10_000, outageMs: { least: 12_000, most: 13_000 } },
  '5 instances': { ...BASE, instances: 5 },
  '500 instances': { ...BASE, instances: 500 },
  'brownout of 10 %': brownout(0.1),
  'brownout of 30 %': brownout(0.3),
  'brownout of 45 %': brownout(0.45),
  'brownout of 70 %': brownout(0.7),
} satisfies Record<string, Herd>;

export type Scenario = keyof typeof SCENARIOS;

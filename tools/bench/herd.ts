import { MemoryCircuitStore } from '../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../lambdas/contract/circuit-policy.ts';
import { Breaker, type Permit } from '../../lambdas/use-cases/circuit/breaker.ts';
import { Agenda } from './agenda.ts';
import { type Capacity, HerdService } from './herd-service.ts';
import { seededRandom } from './seeded-random.ts';

export const CLIENTS = 10_000;
export const CAPACITY_PER_SECOND = 500;
const INSTANCES = 50;
/** Clients arrive evenly during this time, which starts with the outage. */
const ARRIVAL_MS = 10_000;
const CALL_MS = 50;
/** Start of the simulation, in epoch milliseconds. The value is arbitrary. */
const EPOCH_MS = 1_800_000_000_000;
const OUTAGE_MS = { least: 30_000, most: 35_000 };
/** End of the simulation. A client without an answer by then counts as never served. */
const END_MS = 600_000;

export type Scenario = 'base' | 'slow ramp-up' | 'half capacity' | 'flapping';

/** The service after its return. */
export const SCENARIOS: Readonly<Record<Scenario, Capacity>> = {
  base: () => CAPACITY_PER_SECOND,
  'slow ramp-up': (sinceReturn) => CAPACITY_PER_SECOND * Math.min(1, sinceReturn / 20_000),
  'half capacity': () => CAPACITY_PER_SECOND / 2,
  // Three periods of 5 s up and 5 s down.
  flapping: (sinceReturn) => (sinceReturn < 30_000 && sinceReturn % 10_000 >= 5_000 ? 0 : CAPACITY_PER_SECOND),
};

export type Strategy = 'fixed' | 'exponential' | 'full jitter' | 'shared circuit';

/** Delay after a client's failed call, in milliseconds. `failures`: the client's own failures, at least 1. */
type Wait = (failures: number, random: () => number) => number;

const exponential: Wait = (failures) => Math.min(20_000, 1_000 * 2 ** (failures - 1));
const fullJitter: Wait = (failures, random) => random() * exponential(failures, random);

export const STRATEGIES: Readonly<Record<Strategy, Wait>> = {
  fixed: () => 1_000,
  exponential,
  'full jitter': fullJitter,
  'shared circuit': fullJitter,
};

export interface HerdResult {
  /** The maximum number of calls in a second after the service's return. */
  readonly peakPerSecond: number;
  /** Failed calls, including probes. */
  readonly wasted: number;
  /** Time from the service's return until every client is served, in milliseconds. At full capacity it takes 20 s. */
  readonly recoveryMs: number;
  /** The same for 99 % of the clients. */
  readonly nearlyMs: number;
}

/** Lets 10,000 clients make one call each, in virtual time. The same seed always gives the same result. */
export async function simulateHerd(strategy: Strategy, scenario: Scenario, seed: number): Promise<HerdResult> {
  const random = seededRandom(seed);
  const returnsAt = OUTAGE_MS.least + Math.floor(random() * (OUTAGE_MS.most - OUTAGE_MS.least));
  const agenda = new Agenda();
  const service = new HerdService(returnsAt, SCENARIOS[scenario]);
  const breakers = strategy === 'shared circuit' ? openBreakers(agenda, random) : [];
  const servedAt: number[] = [];
  for (let client = 0; client < CLIENTS; client++) {
    const breaker = breakers[client % INSTANCES];
    const herd = { agenda, service, random, wait: STRATEGIES[strategy], onServed: (at: number) => servedAt.push(at) };
    agenda.at(random() * ARRIVAL_MS, () => attempt(herd, breaker, 0));
  }
  await agenda.run(END_MS);
  const sinceReturn = (served: number) => (servedAt[served - 1] ?? Number.POSITIVE_INFINITY) - returnsAt;
  return {
    peakPerSecond: service.peakPerSecond,
    wasted: service.wasted,
    recoveryMs: sinceReturn(CLIENTS),
    nearlyMs: sinceReturn(CLIENTS * 0.99),
  };
}

interface Herd {
  readonly agenda: Agenda;
  readonly service: HerdService;
  readonly random: () => number;
  readonly wait: Wait;
  readonly onServed: (at: number) => void;
}

function attempt(herd: Herd, breaker: Breaker | undefined, failures: number): Promise<void> | void {
  return breaker ? attemptIfAdmitted(herd, breaker, failures) : makeCall(herd, failures, undefined);
}

async function attemptIfAdmitted(herd: Herd, breaker: Breaker, failures: number): Promise<void> {
  const answer = await breaker.tryAcquire();
  if (!answer.admitted) return herd.agenda.at(answer.retryAt - EPOCH_MS, () => attempt(herd, breaker, failures));
  makeCall(herd, failures, { breaker, permit: answer.permit });
}

function makeCall(herd: Herd, failures: number, leave: { breaker: Breaker; permit: Permit } | undefined): void {
  const { agenda, service } = herd;
  const isServed = service.call(agenda.now);
  agenda.at(agenda.now + CALL_MS, () => {
    if (isServed) {
      herd.onServed(agenda.now);
      return leave?.breaker.succeeded(leave.permit);
    }
    const again = agenda.now + herd.wait(failures + 1, herd.random);
    agenda.at(again, () => attempt(herd, leave?.breaker, failures + 1));
    return leave?.breaker.failed(leave.permit);
  });
}

/** One breaker per instance over a shared store, as in production, but with a virtual clock. */
function openBreakers(agenda: Agenda, random: () => number): readonly Breaker[] {
  let tokens = 0;
  const context = {
    policy: DEFAULT_CIRCUIT_POLICY,
    store: new MemoryCircuitStore(),
    watcher: { changed: () => {}, unreachable: throwing },
    now: () => EPOCH_MS + agenda.now,
    random,
    newToken: () => `${tokens++}`,
    isFailure: () => true,
  };
  return Array.from({ length: INSTANCES }, () => new Breaker('service', context));
}

function throwing(error: unknown): never {
  throw error;
}

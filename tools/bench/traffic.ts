import { MemoryCircuitStore } from '../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { type CircuitPolicy, DEFAULT_CIRCUIT_POLICY } from '../../lambdas/contract/circuit-policy.ts';
import { Breaker } from '../../lambdas/use-cases/circuit/breaker.ts';
import { Agenda } from './agenda.ts';
import { seededRandom } from './seeded-random.ts';

/** Start of the simulation, in epoch milliseconds. The value is arbitrary. */
const EPOCH_MS = 1_800_000_000_000;

/** Calls that come at a steady rate, and are not repeated. */
export interface Traffic {
  readonly instances: number;
  readonly callsPerSecond: number;
  readonly endMs: number;
  /** Failure rate of the dependency at a time, 0 to 1. */
  readonly failing: (now: number) => number;
  /** Duration of a call. @default 50 ms */
  readonly callMs?: (isGood: boolean, random: () => number) => number;
  readonly policy?: Partial<CircuitPolicy>;
}

export interface TrafficResult {
  /** Times at which the circuit opened. */
  readonly opened: readonly number[];
  /** Times at which it closed. */
  readonly closed: readonly number[];
  /** Calls until it first opened, since the failures began. */
  readonly callsUntilOpen: number;
  readonly admitted: number;
  readonly refused: number;
}

/** Sends calls through the deployed breaker, in virtual time. The same seed always gives the same result. */
export async function simulateTraffic(traffic: Traffic, seed: number, from = 0): Promise<TrafficResult> {
  const random = seededRandom(seed);
  const agenda = new Agenda();
  const opened: number[] = [];
  const closed: number[] = [];
  let calls = 0;
  let callsUntilOpen = Number.POSITIVE_INFINITY;
  let [admitted, refused] = [0, 0];
  let tokens = 0;
  const context = {
    policy: { ...DEFAULT_CIRCUIT_POLICY, ...traffic.policy },
    store: new MemoryCircuitStore(),
    watcher: {
      changed: ({ to }: { to: string }) => {
        if (to === 'open') {
          if (opened.length === 0) callsUntilOpen = calls;
          opened.push(agenda.now);
        }
        if (to === 'closed') closed.push(agenda.now);
      },
      unreachable: (error: unknown) => {
        throw error;
      },
    },
    now: () => EPOCH_MS + agenda.now,
    random,
    newToken: () => `${tokens++}`,
    isFailure: () => true,
  };
  const breakers = Array.from({ length: traffic.instances }, () => new Breaker('service', context));
  const callMs = traffic.callMs ?? (() => 50);
  const next = () => agenda.at(agenda.now - (Math.log(1 - random()) * 1_000) / traffic.callsPerSecond, call);
  const call = async () => {
    next();
    const breaker = breakers[Math.floor(random() * breakers.length)] as Breaker;
    const answer = await breaker.tryAcquire();
    if (agenda.now >= from) calls++;
    if (!answer.admitted) {
      refused++;
      return;
    }
    admitted++;
    const isGood = random() >= traffic.failing(agenda.now);
    agenda.at(agenda.now + callMs(isGood, random), () =>
      isGood ? breaker.succeeded(answer.permit) : breaker.failed(answer.permit),
    );
  };
  next();
  await agenda.run(traffic.endMs);
  return { opened, closed, callsUntilOpen, admitted, refused };
}

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Breaker } from '../../lambdas/use-cases/circuit/breaker.ts';
import {
  type Call,
  CONSECUTIVE,
  cockatielConsecutive,
  cockatielSampling,
  OPOSSUM,
  OURS,
  opossum,
  ourContext,
  SAMPLING,
} from './contestants.ts';
import { median } from './stopwatch.ts';

const BREAKERS = 2_000;
const ROUNDS = 3;
const succeeding: Call = async () => 1;

interface Specimen {
  /** Referenced, so that the garbage collector keeps it. */
  readonly held: unknown;
  readonly call: Call;
  readonly stop?: () => void;
}

/** Median heap size of one breaker after one successful call, in bytes. Excludes the table's content. */
export async function bytesPerBreaker(): Promise<Record<string, number>> {
  const context = ourContext();
  const makers: Record<string, () => Specimen> = {
    [CONSECUTIVE]: () => callable(cockatielConsecutive()),
    [OURS]: () => {
      const breaker = new Breaker('service', context);
      return { held: breaker, call: () => breaker.call(succeeding) };
    },
    [SAMPLING]: () => callable(cockatielSampling()),
    [OPOSSUM]: () => {
      const peer = opossum(succeeding);
      return { held: peer, ...peer };
    },
  };
  const bytes: Record<string, number[]> = {};
  // Skips the first round, whose heap growth includes compiled code.
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, make] of Object.entries(makers)) {
      const each = await bytesOf(make);
      if (round >= 0) bytes[name] = [...(bytes[name] ?? []), each];
    }
  }
  return Object.fromEntries(Object.entries(bytes).map(([name, values]) => [name, median(values)]));
}

/** Resources that keep the process awake after a call through our breaker. Timers are named `Timeout`. */
export async function resourcesOfOurs(): Promise<readonly string[]> {
  const before = process.getActiveResourcesInfo();
  const breaker = new Breaker('service', ourContext());
  await breaker.call(succeeding);
  const after = process.getActiveResourcesInfo();
  for (const resource of before) after.splice(after.indexOf(resource), 1);
  return after;
}

async function bytesOf(make: () => Specimen): Promise<number> {
  const held: unknown[] = new Array(BREAKERS);
  const stops: (() => void)[] = [];
  const before = heap();
  for (let n = 0; n < BREAKERS; n++) {
    const specimen = make();
    await specimen.call();
    held[n] = specimen.held;
    if (specimen.stop) stops.push(specimen.stop);
  }
  const stopsBytes = stops.length === 0 ? 0 : 8;
  const each = (heap() - before) / BREAKERS - stopsBytes;
  for (const stop of stops) stop();
  return held.length === BREAKERS ? each : Number.NaN;
}

function callable(guarded: (fn: Call) => Promise<unknown>): Specimen {
  return { held: guarded, call: () => guarded(succeeding) };
}

function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

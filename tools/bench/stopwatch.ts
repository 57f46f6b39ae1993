import type { Call } from './contestants.ts';

/** The calls to measure, by name. */
export type Contestants = Readonly<Record<string, Call>>;

export interface Rounds {
  readonly rounds: number;
  readonly callsEach: number;
}

/**
 * Measures median nanoseconds per call. Each round measures all contestants in a new order, so that other load on the
 * machine affects all alike.
 */
export async function nanosecondsPerCall(
  contestants: Contestants,
  { rounds, callsEach }: Rounds,
): Promise<Record<string, number>> {
  return medians(contestants, rounds, async (call) => [await timed(call, callsEach)]);
}

/**
 * Measures median nanoseconds of single calls, each in a turn of the event loop of its own. Without the turn itself,
 * which costs more than any breaker, and on a busy machine a hundred times as much.
 */
export async function nanosecondsOfSingleCalls(
  contestants: Contestants,
  { rounds, callsEach }: Rounds,
): Promise<Record<string, number>> {
  return medians(contestants, rounds, (call) => singleTimes(call, callsEach));
}

/** The median of all times of each contestant. Rounds have the contestants in turns of order. */
async function medians(
  contestants: Contestants,
  rounds: number,
  measure: (call: Call) => Promise<readonly number[]>,
): Promise<Record<string, number>> {
  const all = Object.entries(contestants).map(([name, call]) => ({ name, call, times: [] as number[] }));
  // Skips the first round, which includes compilation.
  for (let round = -1; round < rounds; round++) {
    for (const { call, times } of round % 2 === 0 ? all : all.toReversed()) {
      const measured = await measure(call);
      if (round >= 0) times.push(...measured);
    }
  }
  return Object.fromEntries(all.map(({ name, times }) => [name, median(times)]));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = low] =
    sorted.length % 2 === 1 ? [sorted[middle]] : sorted.slice(middle - 1, middle + 1);
  return (low + high) / 2;
}

async function singleTimes(call: Call, times: number): Promise<readonly number[]> {
  const single: number[] = [];
  for (let n = 0; n < times; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    const start = performance.now();
    await call();
    single.push((performance.now() - start) * 1e6);
  }
  return single;
}

async function timed(call: Call, times: number): Promise<number> {
  // Starts a new turn of the event loop, so that the previous one doesn't count.
  await new Promise((resolve) => setImmediate(resolve));
  const start = process.hrtime.bigint();
  for (let n = 0; n < times; n++) {
    // All contestants have the same handler for rejections.
    try {
      await call();
    } catch {}
  }
  return Number(process.hrtime.bigint() - start) / times;
}

import type { Call } from './contestants.ts';

/** What is measured, by name. */
export type Contestants = Readonly<Record<string, Call>>;

export interface Rounds {
  readonly rounds: number;
  readonly callsEach: number;
}

/**
 * Nanoseconds a call, medians. In each round everybody has a turn, in another order than the round before, so that whatever
 * else the machine does hits all alike.
 */
export async function nanosecondsPerCall(
  contestants: Contestants,
  { rounds, callsEach }: Rounds,
): Promise<Record<string, number>> {
  const names = Object.keys(contestants);
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  // The first round is not counted: until then nothing is compiled.
  for (let round = -1; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const time = await timed(contestants[name] as Call, callsEach);
      if (round >= 0) times[name]?.push(time);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name] ?? [])]));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = low] =
    sorted.length % 2 === 1 ? [sorted[middle]] : sorted.slice(middle - 1, middle + 1);
  return (low + high) / 2;
}

async function timed(call: Call, times: number): Promise<number> {
  // The turn of the event loop before has its own time.
  await new Promise((resolve) => setImmediate(resolve));
  const start = process.hrtime.bigint();
  for (let n = 0; n < times; n++) {
    // The same for all: a rejection is caught where the call is made.
    try {
      await call();
    } catch {}
  }
  return Number(process.hrtime.bigint() - start) / times;
}

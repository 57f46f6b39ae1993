import { median } from './stopwatch.ts';
import { atMost, figure, type Line, printTable } from './table.ts';
import { simulateTraffic } from './traffic.ts';

const SEEDS = [1, 2, 3];
const OUTAGE_MS = 30_000;
/** Instances and calls per second. */
const SIZES = [
  [5, 20],
  [50, 200],
  [500, 500],
] as const;
/** Instances, calls per second and seconds. The fast ones are shorter, so that the whole run stays short. */
const HOURS = [
  [5, 1, 3_600],
  [50, 10, 3_600],
  [50, 50, 1_200],
  [50, 500, 120],
] as const;

/** Steady failure rates, after an outage and without one, and outages at full traffic. */
export async function benchTraffic(): Promise<void> {
  await benchClosing();
  await benchSteady();
  await benchOpening();
}

async function benchClosing(): Promise<void> {
  const lines: Line[] = [];
  for (const [instances, callsPerSecond] of SIZES) {
    for (const rate of [0, 0.1, 0.2, 0.3, 0.45]) {
      const after: number[] = [];
      for (const seed of SEEDS) {
        const failing = (now: number) => (now < OUTAGE_MS ? 1 : rate);
        const { opened, closed } = await simulateTraffic({ instances, callsPerSecond, endMs: 120_000, failing }, seed);
        const last = closed.at(-1) ?? Number.POSITIVE_INFINITY;
        after.push(last > (opened.at(-1) ?? 0) ? (last - OUTAGE_MS) / 1_000 : Number.POSITIVE_INFINITY);
      }
      const worst = Math.max(...after);
      const what = `${instances} instances, ${callsPerSecond}/s, then ${rate * 100} % fail`;
      lines.push({ what, figures: [median(after), worst].map(figure), goals: [atMost('s', worst, 60)] });
    }
  }
  printTable('(d) Closed again after an outage of 30 s', ['median, s', 'worst, s'], lines);
}

async function benchSteady(): Promise<void> {
  const lines: Line[] = [];
  for (const [instances, callsPerSecond, seconds] of HOURS) {
    for (const rate of [0.02, 0.2, 0.45]) {
      const failing = () => rate;
      const run = { instances, callsPerSecond, endMs: seconds * 1_000, failing };
      const { opened } = await simulateTraffic(run, SEEDS.length);
      const what = `${callsPerSecond}/s, ${rate * 100} % fail, ${seconds} s`;
      lines.push({ what, figures: [figure(opened.length)], goals: [atMost('times opened', opened.length, 0)] });
    }
  }
  printTable('(e) Failure rates below the threshold', ['times opened'], lines);
}

async function benchOpening(): Promise<void> {
  const lines: Line[] = [];
  for (const [rate, most] of [
    [1, 100],
    [0.8, 400],
    [0.7, 800],
  ] as const) {
    const calls: number[] = [];
    for (let seed = 0; seed < 100; seed++) {
      const run = { instances: 50, callsPerSecond: 100, endMs: 30_000, failing: () => rate };
      calls.push((await simulateTraffic(run, seed)).callsUntilOpen);
    }
    const worst = Math.max(...calls);
    lines.push({
      what: `${rate * 100} % fail`,
      figures: [median(calls), worst].map(figure),
      goals: [atMost('calls', worst, most)],
    });
  }
  printTable('(f) Calls until the circuit opens, 50 instances, 100/s, 100 seeds', ['median', 'worst'], lines);
}

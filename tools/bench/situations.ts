import { Command } from 'commander';
import { wholeNumber } from '../whole-number.ts';
import { leastPossibleMs, simulateHerd } from './herd.ts';
import type { Herd } from './herd-scenarios.ts';
import { randomSituation } from './situation.ts';
import { median } from './stopwatch.ts';
import { figure, printTable } from './table.ts';

interface Options {
  readonly situations: number;
  readonly from: number;
}

/** A situation, and how the circuit fares in it. */
interface Fare {
  readonly seed: number;
  readonly herd: Herd;
  readonly ofLeast: number;
  readonly ofJitter: number;
  readonly wasted: number;
  readonly peak: number;
}

const { situations, from } = new Command('npm run bench:situations --')
  .description('Measure the circuit beside full jitter in random situations, and print the slowest tenth.')
  .option('--situations <count>', 'situations', wholeNumber, 100)
  .option('--from <seed>', 'the first seed', wholeNumber, 1)
  .parse()
  .opts<Options>();

const fares: Fare[] = [];
for (let seed = from; seed < from + situations; seed++) fares.push(await faring(seed));
const slowestFirst = fares.toSorted((one, other) => other.ofJitter - one.ofJitter);
const columns = ['of least', 'of full jitter', 'wasted, of full jitter', 'peak, of capacity'];
printTable(`${situations} random situations`, columns, [
  { what: 'median', figures: (['ofLeast', 'ofJitter', 'wasted', 'peak'] as const).map(middle) },
  ...slowestFirst.slice(0, Math.ceil(situations / 10)).map((fare) => ({
    what: `seed ${fare.seed}: ${described(fare.herd)}`,
    figures: [fare.ofLeast, fare.ofJitter, fare.wasted, fare.peak].map(figure),
  })),
]);
const slower = fares.filter(({ ofJitter }) => ofJitter > 1.005).length;
const wasteful = fares.filter(({ wasted }) => wasted > 1 / 50).length;
console.log(`\nSlower than full jitter: ${slower}. More than a fiftieth of its wasted calls: ${wasteful}.`);

/** Where calls fail for good, the time until 99 % are served: the last one's luck decides the rest. */
async function faring(seed: number): Promise<Fare> {
  const herd = randomSituation(seed);
  const [jitter, ours] = [
    await simulateHerd('full jitter', herd, seed),
    await simulateHerd('shared circuit', herd, seed),
  ];
  const time = (herd.residual ?? 0) > 0 ? 'nearlyMs' : 'recoveryMs';
  return {
    seed,
    herd,
    ofLeast: ours[time] / leastPossibleMs(herd),
    ofJitter: Number.isFinite(jitter[time]) ? ours[time] / jitter[time] : 0,
    wasted: ours.wasted / Math.max(1, jitter.wasted),
    peak: ours.peakPerSecond / herd.capacity(60_000),
  };
}

function middle(of: 'ofLeast' | 'ofJitter' | 'wasted' | 'peak'): string {
  return figure(median(fares.map((fare) => fare[of])));
}

function described({ clients, instances, capacity, outageMs, residual = 0, callMs, foreground = 0 }: Herd): string {
  const outage = Math.round(outageMs.least / 1_000);
  const traffic = `${clients} clients, ${figure(foreground)}/s more, ${instances} instances`;
  return `${traffic}, ${capacity(60_000)}/s, ${outage} s down, ${figure(residual * 100)} % fail, ${callMs} ms`;
}

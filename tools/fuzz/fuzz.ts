import { Command } from 'commander';
import { wholeNumber } from '../whole-number.ts';
import { fuzzBoundary, LIMIT_MS } from './fuzz-boundary.ts';

const { events, seed } = new Command('npm run fuzz --')
  .description('Put generated messages through the boundary of a lane. Exits with 1 if one throws or is slow.')
  .option('--events <count>', 'messages', wholeNumber, 100_000)
  .option('--seed <seed>', 'seed of the generator', wholeNumber, 1)
  .parse()
  .opts<{ readonly events: number; readonly seed: number }>();

const { fates, thrown, slow, longestMs } = fuzzBoundary(events, seed);
const byCount = Object.entries(fates).toSorted(([, a], [, b]) => b - a);
for (const [fate, count] of byCount) console.log(`${String(count).padStart(9)}  ${fate}`);
console.log(`${events} messages with seed ${seed}; the longest took ${longestMs.toFixed(1)} ms of CPU`);
for (const each of thrown) console.error(`threw: ${each}`);
for (const each of slow) console.error(`took longer than ${LIMIT_MS} ms: ${each}`);
process.exitCode = thrown.length + slow.length === 0 ? 0 : 1;

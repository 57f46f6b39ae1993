import { parseArgs } from 'node:util';
import { fuzzBoundary, LIMIT_MS } from './fuzz-boundary.ts';

/** Puts generated messages through the boundary of a lane. Fails if one throws, or takes longer than 50 ms of CPU. */
const { values } = parseArgs({ options: { events: { type: 'string' }, seed: { type: 'string' } } });
const events = Number(values.events ?? 100_000);
const seed = Number(values.seed ?? 1);
if (!(events >= 1) || !Number.isInteger(seed)) throw new Error('--events and --seed must be positive integers');

const { fates, thrown, slow, longestMs } = fuzzBoundary(events, seed);
const byCount = Object.entries(fates).toSorted(([, a], [, b]) => b - a);
for (const [fate, count] of byCount) console.log(`${String(count).padStart(9)}  ${fate}`);
console.log(`${events} messages with seed ${seed}; the longest took ${longestMs.toFixed(1)} ms of CPU`);
for (const each of thrown) console.error(`threw: ${each}`);
for (const each of slow) console.error(`took longer than ${LIMIT_MS} ms: ${each}`);
process.exitCode = thrown.length + slow.length === 0 ? 0 : 1;

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../tools/scale/limits.ts';
import { needAt, simulateStorm, workerSeconds } from '../../../tools/scale/load.ts';
import { measuredNeeds } from '../../../tools/scale/measure.ts';
import { type FailureNeeds, MIX, NEEDS } from '../../../tools/scale/needs.ts';
import { scaleTables } from '../../../tools/scale/report.ts';

const storm = fc.record({
  failures: fc.integer({ min: 1, max: 100_000 }),
  over: fc.integer({ min: 1, max: 600 }),
  maxConcurrency: fc.integer({ min: 2, max: 2_000 }),
});

describe('the model of the limits', () => {
  it('never ends a storm sooner than its narrowest limit allows', () => {
    fc.assert(
      fc.property(storm, (given) => {
        const { lanes, backlog } = simulateStorm(given);
        const workers = Math.min(given.maxConcurrency, LIMITS.concurrency.perSecond);
        expect(lanes).toBeGreaterThanOrEqual(Math.floor((given.failures * workerSeconds()) / workers));
        expect(lanes).toBeGreaterThanOrEqual(given.over);
        expect(backlog).toBeLessThanOrEqual(given.failures);
      }),
      { numRuns: 30 },
    );
  });

  it('takes no longer with more workers', () => {
    fc.assert(
      fc.property(storm, (given) => {
        const more = simulateStorm({ ...given, maxConcurrency: given.maxConcurrency * 2 });
        expect(more.lanes).toBeLessThanOrEqual(simulateStorm(given).lanes);
      }),
      { numRuns: 30 },
    );
  });

  it('needs of each limit what the rate is times what a failure needs', () => {
    const [one, many] = [needAt(1), needAt(1_000)];
    for (const [name, amount] of Object.entries(one))
      expect(many[name as keyof typeof many]).toBeCloseTo(1_000 * amount);
    expect(Object.values(MIX).reduce((sum: number, share) => sum + share, 0)).toBeCloseTo(1);
  });
});

it('docs/scale.md has these tables', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/scale.md'), 'utf8');
  for (const lines of Object.values(scaleTables())) expect(text).toContain(lines.join('\n'));
});

it('a failure needs in the embedded cloud what the model assumes', async () => {
  const measured = await measuredNeeds();
  for (const [ending, assumed] of Object.entries(NEEDS))
    for (const [field, amount] of Object.entries(measured[ending as keyof typeof NEEDS])) {
      const expected = assumed[field as keyof FailureNeeds];
      // The circuit's table is asked by time, so that some requests vary.
      expect(Math.abs(amount - expected), `${ending}: ${field} is ${amount}`).toBeLessThanOrEqual(
        Math.max(2, expected * 0.2),
      );
    }
});

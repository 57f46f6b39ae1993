import { describe, expect, it } from 'vitest';
import { AskNotes } from '../../../../lambdas/use-cases/circuit/notes.ts';
import { seededRandom } from '../../../../tools/bench/seeded-random.ts';

const NOW = 1_800_000_000_000;
const SECONDS = 300;

describe('the calls that ask during a recovery', () => {
  it.each([0.1, 0.25, 0.4])('pass in a share of %d, although they ask at random times', (share) => {
    const random = seededRandom(1);
    const notes = new AskNotes({ asks: 0, waits: 0 }, NOW);
    const distance = () => -Math.log(1 - random()) * 100;
    let [asked, passed] = [0, 0];
    for (let now = NOW; now < NOW + SECONDS * 1_000; now += distance()) {
      notes.ask(now);
      asked++;
      if (notes.turn(share, now, random) < share) passed++;
    }
    expect(passed / asked).toBeGreaterThan(share * 0.87);
    expect(passed / asked).toBeLessThan(share * 1.05);
  });

  it('do not pass in a greater number when a wave of them begins', () => {
    const notes = new AskNotes({ asks: 0, waits: 0 }, NOW);
    const passing = (from: number, everyMs: number) => {
      let passed = 0;
      for (let now = from; now < from + 1_000; now += everyMs) {
        notes.ask(now);
        if (notes.turn(0.5, now, () => 0.9) < 0.5) passed++;
      }
      return passed;
    };
    passing(NOW, 50);
    notes.learn({ asks: 2_000, waits: 0 }, NOW + 1_000);
    expect(passing(NOW + 1_000, 50)).toBe(10);
    expect(passing(NOW + 2_000, 10)).toBeLessThanOrEqual(11);
  });
});

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
});

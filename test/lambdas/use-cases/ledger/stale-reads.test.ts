import { describe, expect, it } from 'vitest';
import { checksOf, writeAfter } from './stale-read.ts';
import { CASES } from './stale-read-cases.ts';

describe.each(Object.entries(CASES))('%s', (_, one) => {
  it.each([['nothing has changed', {}], ...Object.entries(one.harmless ?? {})])(
    'writes where %s',
    async (__, change) => {
      const { before, after } = await writeAfter(one, change);
      expect(after).not.toEqual(before);
    },
  );

  it.each(Object.entries(one.meanwhile))('changes nothing where by then %s', async (__, change) => {
    const { before, after } = await writeAfter(one, change);
    expect(after).toEqual(before);
  });

  it('needs each of its checks', async () => {
    const { checks } = await checksOf(one);
    const unneeded: string[] = [];
    for (const check of checks) {
      const written = Object.values(one.meanwhile).map((change) => writeAfter(one, change, check));
      const ends = await Promise.all(written);
      if (ends.every(({ before, after }) => before === after)) unneeded.push(check);
    }
    expect(checks.length).toBeGreaterThan(0);
    expect(unneeded).toEqual([]);
  });
});

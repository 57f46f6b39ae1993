import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Traffic } from '../../../tools/local/traffic.ts';

it('gives the next version its share of any number of calls, to within one call', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 500 }), (percent, calls) => {
      const traffic = new Traffic('before');
      traffic.shift('next', percent / 100);
      const taken = Array.from({ length: calls }, () => traffic.take());
      const next = taken.filter((each) => each === 'next').length;
      expect(Math.abs(next - (calls * percent) / 100)).toBeLessThanOrEqual(1);
    }),
  );
});

it('gives all calls to the next version once it is complete, and calls past the alias at once', () => {
  const traffic = new Traffic('before');
  traffic.shift('next', 0.1);
  expect([traffic.take(), traffic.latest]).toEqual(['before', 'next']);
  traffic.complete();
  expect([traffic.take(), traffic.latest]).toEqual(['next', 'next']);
});

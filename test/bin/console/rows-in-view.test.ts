import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OVERSCAN, ROW_PX, rowsInView } from '../../../bin/console/page/rows-in-view.ts';

it('draws each row in view, and few others, of any number of rows', () => {
  const view = fc.record({
    top: fc.nat(5_000_000),
    height: fc.nat(2_000),
    count: fc.nat(100_000),
  });
  fc.assert(
    fc.property(view, ({ top, height, count }) => {
      const { first, end } = rowsInView({ top, height, count });
      expect(first).toBeLessThanOrEqual(Math.max(0, Math.floor(top / ROW_PX)));
      expect(end).toBeGreaterThanOrEqual(Math.min(count, Math.ceil((top + height) / ROW_PX)));
      expect(first).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(count);
      expect(end - first).toBeLessThanOrEqual(Math.ceil(height / ROW_PX) + 1 + 2 * OVERSCAN);
    }),
  );
});

it.each([
  [
    { top: 0, height: 400, count: 0 },
    { first: 0, end: 0 },
  ],
  [
    { top: 0, height: 400, count: 5 },
    { first: 0, end: 5 },
  ],
  [
    { top: 0, height: 400, count: 100_000 },
    { first: 0, end: 13 },
  ],
  [
    { top: 4_000, height: 400, count: 100_000 },
    { first: 97, end: 113 },
  ],
  [
    { top: 3_999_600, height: 400, count: 100_000 },
    { first: 99_987, end: 100_000 },
  ],
  [
    { top: 4_000, height: 400, count: 7 },
    { first: 4, end: 7 },
  ],
])('draws of %o the rows %o', (view, range) => {
  expect(rowsInView(view)).toEqual(range);
});

import { expect, it } from 'vitest';
import { differingFields } from '../../../../lambdas/domain/conflict/difference.ts';
import { redaction } from '../../../../lambdas/domain/conflict/redact.ts';

const fields = (count: number, value: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${String(at).padStart(5, '0')}`, value]));

it('masks only the names that it shows, of states with thousands of different fields', () => {
  const own = redaction([]);
  let masked = 0;
  const counting = {
    ...own,
    pointer(path: Parameters<typeof own.pointer>[0]) {
      masked++;
      return own.pointer(path);
    },
  };
  const shown = differingFields(fields(5_000, 1), fields(5_000, 2), counting);
  expect(shown).toHaveLength(50);
  expect([shown[0], shown[49]]).toEqual(['/k00000', '/k00049']);
  expect(masked).toBe(50);
});

it('shows as many distinct names, although some have the same mask', () => {
  const state = (value: number) => ({ 'a@b.co': value, 'b@b.co': value, z: value });
  expect(differingFields(state(1), state(2), redaction([]))).toEqual(['/***', '/z']);
});

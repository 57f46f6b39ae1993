import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../../../lambdas/adapters/circuit/bounded-map.ts';

describe('a bounded map', () => {
  it('forgets what was set first when it is full', () => {
    const map = new BoundedMap<string, number>(2);
    for (const [n, key] of ['a', 'b', 'a', 'c'].entries()) map.set(key, n);
    expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([2, undefined, 3]);
  });

  it('forgets what it is told to', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.delete('a');
    expect(map.get('a')).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nestsDeeperThan } from '../../../../lambdas/domain/json/json-depth.ts';

describe('nestsDeeperThan', () => {
  it.each([
    ['1', 0, false],
    ['[]', 0, true],
    ['[[]]', 2, false],
    ['[[]]', 1, true],
    ['[{},{},[]]', 2, false],
    ['{"a":[{"b":1}]}', 3, false],
    ['{"a":[{"b":1}]}', 2, true],
    ['"[[[["', 0, false],
    ['["a\\"[[[["]', 1, false],
    ['["a\\\\",[[1]]]', 2, true],
    ['[['.repeat(50_000), 32, true],
    [`${'['.repeat(1_000)}${']'.repeat(1_000)}`, 32, true],
    [']]]][', 1, false],
    ['"unterminated [[[', 0, false],
    ['', 0, false],
  ])('reads %.20s against the limit %i', (text, limit, deeper) => {
    expect(nestsDeeperThan(text, limit)).toBe(deeper);
  });

  it('agrees with the depth of the parsed value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(9), (value, limit) => {
        expect(nestsDeeperThan(JSON.stringify(value), limit)).toBe(depthOf(value) > limit);
      }),
    );
  });
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../tools/local/metric-math.ts';

const SHARE = 'errors / IF(invocations > 100, invocations, 100)';
const FAILED = 'FILL(failed, 0) + FILL(timedOut, 0)';

describe('an expression of CloudWatch', () => {
  it.each([
    [SHARE, { errors: 2, invocations: 20 }, 0.02],
    [SHARE, { errors: 2, invocations: 400 }, 0.005],
    [SHARE, { errors: undefined, invocations: 20 }, undefined],
    [FAILED, { failed: undefined, timedOut: 3 }, 3],
    ['1 + 2 * 3 - (4 - 2) / 2', {}, 6],
    ['8 / 4 / 2', {}, 1],
    ['IF(a + 1 >= b, 10, 20)', { a: 1, b: 2 }, 10],
    ['IF(a == b, 10, 20)', { a: 1, b: 2 }, 20],
  ])('%s with %j is %s', (expression, values, expected) => {
    expect(evaluate(expression, values)).toBe(expected);
  });

  it.each([
    ['DIFF(visible)', "can't evaluate DIFF()"],
    ['errors', 'there is no metric "errors"'],
    ['1 $ 2', "can't read  $ 2"],
    ['(1 + 2', 'misses a )'],
    ['1 2', "can't read 2"],
  ])('says what it does not know: %s', (expression, message) => {
    expect(() => evaluate(expression, { visible: 1 })).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../bin/console/page/documents.ts';
import { nextStep } from '../../../bin/console/page/next-step.ts';
import { discardWarning, isHalfDone, stepsLeftOf } from '../../../bin/console/page/steps-left.ts';
import { shortSpan } from '../../../bin/session/short-span.ts';
import { hasStepsLeft } from '../../../lambdas/contract/compensation.ts';

const incident = (change: Partial<Incident> = {}): Incident => ({
  of: 'payments',
  cause: 'undo-incomplete',
  priority: 'P1',
  state: 'open',
  summary: '',
  action: '',
  count: 1,
  firstAt: '2026-03-01T03:02:00.000Z',
  lastAt: '2026-03-01T03:02:00.000Z',
  samples: [{ failureId: 'a' }],
  ...change,
});

describe('completed steps that are still in effect', () => {
  it('are those of the failures that the incident of their dependency names', () => {
    const others = [incident({ of: 'orders' }), incident({ cause: 'permanent:x', samples: [{ failureId: 'b' }] })];
    expect(stepsLeftOf([incident(), ...others], 'payments')).toEqual({ ids: new Set(['a']), hasMore: false });
    expect(stepsLeftOf(others, 'payments')).toEqual({ ids: new Set(), hasMore: false });
  });

  it('may be those of more failures than the incident names', () => {
    expect(stepsLeftOf([incident({ count: 9 })], 'payments').hasMore).toBe(true);
  });

  it.each([
    ['incomplete', true],
    ['not-run', true],
    ['complete', false],
    ['none', false],
  ])('are left by an undo that is %s: %s', (compensation, expected) => {
    expect(hasStepsLeft({ compensation })).toBe(expected);
    expect(hasStepsLeft({})).toBe(false);
  });

  it('mark a dead letter in a list, where the ledger or an incident says so', () => {
    const known = stepsLeftOf([incident()], 'payments');
    expect(isHalfDone({ id: 'a' }, known)).toBe(true);
    expect(isHalfDone({ id: 'b', compensation: 'incomplete' }, known)).toBe(true);
    expect(isHalfDone({ id: 'b', compensation: 'done' }, known)).toBe(false);
  });

  it('make a discard warn', () => {
    const rest = 'NOT undone, and nothing undoes them after a discard.';
    expect(discardWarning(['a'], false)).toBe(`WARNING: completed steps of a are ${rest}`);
    expect(discardWarning(['a', 'b'], true)).toBe(
      `WARNING: completed steps of a and 1 more are ${rest} Others may have steps left as well.`,
    );
    expect(discardWarning([], true)).toMatch(/^WARNING: the incident Undo incomplete is open/);
    expect(discardWarning([], false)).toBeUndefined();
  });
});

describe('the first step', () => {
  it.each([
    ['exhausted', false, 'redrive'],
    ['no-decision', false, 'redrive'],
    ['permanent', false, 'edit'],
    ['abandoned', false, 'discard'],
    ['unknown-result', false, 'look'],
    ['exhausted', true, 'look'],
    [undefined, false, 'look'],
  ] as const)('of %s, with steps left: %s, is to %s', (reason, isLeft, expected) => {
    expect(nextStep(reason, isLeft)).toBe(expected);
  });
});

it.each([
  [789, '1 s'],
  [12, '1 s'],
  [20_000, '20 s'],
])('a wait of %d ms reads %j', (ms, expected) => {
  expect(shortSpan(ms)).toBe(expected);
});

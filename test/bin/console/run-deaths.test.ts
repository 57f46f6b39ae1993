import { describe, expect, it } from 'vitest';
import { deathsByRun, diedOf, doneOf, type RunRecord, resumedText } from '../../../bin/console/page/run-deaths.ts';

const at = (hour: string) => `2026-03-01T${hour}:00:00.000Z`;
const redrive = (hour: string, change: Partial<RunRecord> = {}): RunRecord => ({
  at: at(hour),
  action: 'redrive',
  dependency: 'payments',
  ...change,
});
const dead = (id: string, settledAt: string, cycle = 2) => ({ id, dependency: 'payments', cycle, settledAt });

describe('dead letters that died again', () => {
  const early = redrive('01');
  const late = redrive('05');

  it.each([
    ['after its only redrive', dead('a', at('02')), [1, 0]],
    ['after the latest redrive', dead('a', at('06')), [0, 1]],
    ['twice, in two cycles,', dead('a', at('06'), 3), [1, 1]],
    ['before any redrive', dead('a', at('00')), [0, 0]],
    ['in its first cycle', dead('a', at('06'), 1), [0, 0]],
    ['of another dependency', { ...dead('a', at('06')), dependency: 'orders' }, [0, 0]],
  ])('%s count for the redrive that moved them', (_, row, expected) => {
    const deaths = deathsByRun([late, early], [row]);
    expect([deaths.get(early) ?? 0, deaths.get(late) ?? 0]).toEqual(expected);
  });

  it('do not count for a redrive of others, or for a discard', () => {
    const others = redrive('05', { facts: { filter: JSON.stringify({ ids: ['b'] }) } });
    const one = redrive('06', { failureId: 'c' });
    const discard = redrive('07', { action: 'discard' });
    const idle = redrive('07', { end: { at: at('07'), result: 'interrupted', facts: { moved: 0 } } });
    const deaths = deathsByRun([idle, discard, one, others, early], [dead('a', at('08'))]);
    expect([...deaths]).toEqual([[early, 1]]);
  });
});

it.each([
  [{ facts: { letters: 3 } }, '3 planned'],
  [{ facts: { letters: 3 }, end: { at: at('01'), result: 'done', facts: { moved: 2 } } }, '2 of 3'],
  [{ end: { at: at('01'), result: 'done', facts: { discarded: 2 } } }, '2'],
  [{}, ''],
])('%j reads %j', (run, expected) => {
  expect(doneOf(run)).toBe(expected);
});

it('says of how many some died again', () => {
  const end = { at: at('01'), result: 'done', facts: { moved: 2 } };
  expect(diedOf(2, { end })).toBe('2 of 2');
  // The other one may have been healed or discarded since.
  expect(diedOf(1, { end })).toBe('at least 1 of 2');
});

it('says what a resumed redrive has left, and how fast it is', () => {
  const run = { id: 'a', at: at('01'), by: 'ana', principal: 'ana', action: 'redrive' };
  const facts = { letters: 40, rate: 5, filter: '{}' };
  const end = { at: at('02'), result: 'interrupted', facts: { moved: 12 } };
  expect(resumedText({ ...run, facts, end })).toBe(
    '28 of 40 remain. Moves up to 5 a second. Continues with the same filter: {}',
  );
  expect(resumedText({ ...run, facts: { letters: 40, filter: '{}' }, end: { ...end, facts: { discarded: 39 } } })).toBe(
    '1 of 40 remain. Continues with the same filter: {}',
  );
  // A redrive that was resumed before does not know how many it planned.
  expect(resumedText({ ...run, facts: { moved: 12, rate: 5, filter: '{}' } })).toBe(
    'Moves up to 5 a second. Continues with the same filter: {}',
  );
});

import { describe, expect, it } from 'vitest';
import {
  type ActedOn,
  acknowledgedBy,
  acknowledgements,
} from '../../../../lambdas/domain/escalation/acknowledged-by.ts';
import { all } from './incidents.ts';
import { alarm, circuit, deadLetter, operator, question } from './samples.ts';

const refused = (second: number, failureId = `order-${second}`) =>
  deadLetter(second, { failureId, reason: 'permanent', rule: 'http-422' });
const halfDone = deadLetter(9, { compensation: 'incomplete' });
/** One incident of each kind; more dead letters were refused than the incident names. */
const EVERYTHING = [
  circuit(0, 'open'),
  ...Array.from({ length: 7 }, (_, n) => refused(n + 1)),
  deadLetter(8, { reason: 'conflict', rule: 'http-conflict' }),
  halfDone,
  question(10),
  alarm(11, true, { priority: 'P1', dependency: undefined }),
];

describe('an action acknowledges only what it addresses as a whole', () => {
  it.each<[string, ActedOn, readonly string[]]>([
    ['one dead letter of many', { action: 'redrive', letters: { ids: ['order-1'] } }, []],
    [
      'the only dead letter of a cause',
      { action: 'redrive', letters: { ids: ['order-8'] } },
      ['conflict:http-conflict'],
    ],
    [
      'those that the incident names, but not all of its dead letters',
      { action: 'redrive', letters: { ids: [1, 2, 3, 4, 5].map((n) => `order-${n}`) } },
      [],
    ],
    ['an edit of it', { action: 'edit', failureId: 'order-8' }, ['conflict:http-conflict']],
    ['an edit of one of many', { action: 'edit', failureId: 'order-1' }, []],
    [
      'all dead letters of the lane, but neither an open circuit nor what is half undone',
      { action: 'redrive', letters: { dependency: 'payments' } },
      ['permanent:http-422', 'conflict:http-conflict'],
    ],
    ['all of a reason', { action: 'discard', letters: { reasons: ['permanent'] } }, ['permanent:http-422']],
    ['all of a rule', { action: 'discard', letters: { rule: 'http-422' } }, ['permanent:http-422']],
    ['those of a time', { action: 'discard', letters: { rule: 'http-422', since: 0 } }, []],
    ['those of a tenant', { action: 'discard', letters: { rule: 'http-422', tenant: 'acme' } }, []],
    ['dead letters of another queue', { action: 'redrive' }, []],
    ['a forced circuit', { action: 'circuit-forced' }, ['unreachable']],
    ['a released circuit', { action: 'circuit-released' }, ['unreachable']],
    ['a paused lane', { action: 'lane-paused' }, []],
    ['a look', { action: 'reveal', failureId: 'order-8' }, []],
    ['the last question', { action: 'decide', failureId: 'order-7' }, ['decision-needed']],
    ['another question', { action: 'decide', failureId: 'order-6' }, []],
    ['an acknowledgement of one', { action: 'incident-acknowledged', cause: 'undo-incomplete' }, ['undo-incomplete']],
  ])('%s', (_, acted, causes) => {
    expect(acknowledgedBy(acted, all(...EVERYTHING))).toEqual(causes);
  });

  it('exhausted and expired dead letters together, once the circuit is closed', () => {
    const state = all(...Array.from({ length: 7 }, (_, n) => deadLetter(n + 1)));
    const by = (reasons?: readonly string[]) => acknowledgedBy({ action: 'redrive', letters: { reasons } }, state);
    expect(by()).toEqual(['unreachable']);
    expect(by(['exhausted', 'deadline'])).toEqual(['unreachable']);
    expect(by(['exhausted'])).toEqual([]);
  });

  it('and says before it which ones stay open', () => {
    const { acknowledges, keeps } = acknowledgements({ action: 'circuit-forced' }, all(circuit(0, 'open'), halfDone));
    expect(acknowledges.map(({ cause }) => cause)).toEqual(['unreachable']);
    expect(keeps.map(({ cause }) => cause)).toEqual(['undo-incomplete']);
  });

  it('so the notifier leaves all others open', () => {
    const handled = operator(20, 'anna', { action: 'discard', acknowledges: ['conflict:http-conflict'] });
    const { incidents } = all(
      ...EVERYTHING,
      handled,
      operator(21, 'bob', { action: 'redrive', acknowledges: undefined }),
    );
    const taken = Object.values(incidents).filter(({ state }) => state === 'acknowledged');
    expect(taken).toMatchObject([{ cause: 'conflict:http-conflict', acknowledgedBy: 'anna' }]);
  });

  it('and an acknowledgement takes all, or the one that it names', () => {
    const one = operator(20, 'anna', { action: 'incident-acknowledged', acknowledges: ['undo-incomplete'] });
    const every = operator(21, 'bob', { action: 'incident-acknowledged', acknowledges: undefined });
    const { incidents } = all(...EVERYTHING, one, every);
    expect(new Set(Object.values(incidents).map(({ acknowledgedBy: by }) => by))).toEqual(new Set(['anna', 'bob']));
    expect(incidents['undo-incomplete']).toMatchObject({ acknowledgedBy: 'anna' });
  });
});

import { describe, expect, it } from 'vitest';
import type { Signal } from '../../../../lambdas/domain/escalation/signal.ts';
import { incidentTexts } from '../../../../lambdas/domain/escalation/texts.ts';
import { all, pages } from './incidents.ts';
import { at, deadLetter, operator, sampleNotification, sampleWhere } from './samples.ts';

const CAUSE = 'permanent:http-422';
const refused = (second: number, cycle = 1): Signal => ({
  ...deadLetter(second, { reason: 'permanent', rule: 'http-422', failureId: 'order-1' }),
  cycle,
});
const acts = (second: number, action: string, by = 'anna'): Signal =>
  operator(second, by, { action, acknowledges: [CAUSE] });

const TAKEN_ON = [`trigger ${CAUSE}#1`, `acknowledge ${CAUSE}#1`];
const TOLD_AGAIN = [...TAKEN_ON, `resolve ${CAUSE}#1`, `trigger ${CAUSE}#2`];

describe('a dead letter that dies again', () => {
  it.each<[string, readonly Signal[], readonly string[]]>([
    ['after a redrive that took the incident on', [refused(1), acts(2, 'redrive'), refused(3, 2)], TOLD_AGAIN],
    ['after an edit that took it on', [refused(1), acts(2, 'edit'), refused(3, 2)], TOLD_AGAIN],
    [
      'with many others, once',
      [refused(1), acts(2, 'redrive'), refused(3, 2), refused(4, 2), refused(5, 2)],
      TOLD_AGAIN,
    ],
    [
      'with each redrive',
      [refused(1), acts(2, 'redrive'), refused(3, 2), acts(4, 'redrive'), refused(5, 3)],
      [...TOLD_AGAIN, `acknowledge ${CAUSE}#2`, `resolve ${CAUSE}#2`, `trigger ${CAUSE}#3`],
    ],
    [
      'and arrives before the redrive is known',
      [refused(1), refused(3, 2), acts(2, 'redrive')],
      [`trigger ${CAUSE}#1`],
    ],
  ])('tells the channels: %s', (_, signals, expected) => {
    const state = all(...signals);
    expect(pages(state)).toEqual(expected);
    expect(state.incidents[CAUSE]).toMatchObject({ state: 'open' });
  });

  it.each<[string, readonly Signal[]]>([
    ['somebody said to know of it', [refused(1), acts(2, 'incident-acknowledged'), refused(3, 2)]],
    ['it died in its first cycle', [refused(1), acts(2, 'redrive'), refused(3)]],
    ['it died before that redrive, and the event is late', [refused(1), acts(5, 'redrive'), refused(3, 2)]],
  ])('tells nobody if %s', (_, signals) => {
    const state = all(...signals);
    expect(pages(state)).toEqual(TAKEN_ON);
    expect(state.incidents[CAUSE]).toMatchObject({ state: 'acknowledged' });
  });

  it('does not call the incident that it ends resolved', () => {
    const { past } = all(refused(1), acts(2, 'redrive', 'demo'), refused(3, 2));
    expect(past).toMatchObject([{ number: 1, state: 'resolved', goesOn: 'died-again' }]);
    const [incident] = past;
    const told = { ...sampleNotification('resolve'), ...(incident && { incident }) };
    const { title, facts } = incidentTexts(told, sampleWhere);
    expect(title).toMatch(/^Died again: Failures of payments/);
    expect(Object.fromEntries(facts)).toMatchObject({
      Action: 'See the next incident with the same cause',
      Ended: at(3),
    });
    expect(Object.fromEntries(facts)).not.toHaveProperty('Resolved');
  });

  it('says so, keeps the urgency, and names who redrove it', () => {
    const urgent = { ...refused(1), priority: 'P1' };
    const { incidents } = all(urgent, acts(2, 'redrive', 'demo'), refused(3, 2));
    expect(incidents[CAUSE]).toMatchObject({
      number: 2,
      priority: 'P1',
      count: 1,
      firstAt: at(3),
      summary: 'Failures of payments became dead letters: permanent (rule http-422). They died again after a redrive',
      notes: ['redriven by demo, died again'],
    });
    expect(incidents[CAUSE]).not.toHaveProperty('acknowledgedBy');
  });
});

import { describe, expect, it } from 'vitest';
import { applySignal } from '../../../../lambdas/domain/escalation/apply-signal.ts';
import { type Incidents, NO_INCIDENTS } from '../../../../lambdas/domain/escalation/incident.ts';
import type { Signal } from '../../../../lambdas/domain/escalation/signal.ts';
import { OPTIONS } from './incidents.ts';
import { alarm, circuit, deadLetter, question } from './samples.ts';

describe('incidents', () => {
  it('that never end do not fill the item', () => {
    let state: Incidents = NO_INCIDENTS;
    for (let n = 0; n < 300; n++) {
      const signal: Signal = { ...question(n), about: 'saga', summary: 's', of: `arn:${n}` };
      state = { ...applySignal(state, signal, OPTIONS), untold: [] };
    }
    expect(Object.keys(state.incidents)).toHaveLength(50);
    expect(state.incidents['saga:arn:299']).toBeDefined();
  });

  it('that come and go while a channel is ill do not fill the item, and the latest are still told', () => {
    let state: Incidents = NO_INCIDENTS;
    for (let n = 0; n < 400; n++) {
      state = applySignal(state, circuit(4 * n, 'open'), OPTIONS);
      for (let id = 0; id < 5; id++)
        state = applySignal(state, deadLetter(4 * n + 1, { failureId: `${n}-${id}` }), OPTIONS);
      state = applySignal(state, circuit(4 * n + 2, 'closed'), OPTIONS);
      state = { ...state, untold: state.untold.filter(({ channel }) => channel === 'chat') };
    }
    expect(JSON.stringify(state).length).toBeLessThan(100_000);
    expect(state.untold.slice(-2)).toMatchObject([
      { telling: 'trigger', number: 400 },
      { telling: 'resolve', number: 400 },
    ]);
  });

  it('of the past make room for new ones, without the loss of a pending alert', () => {
    let state: Incidents = NO_INCIDENTS;
    for (let n = 0; n < 200; n++) {
      const rule = `rule-${n}`;
      state = applySignal(state, deadLetter(n, { reason: 'permanent', rule }), OPTIONS);
      state = applySignal({ ...state, untold: [] }, alarm(n, true), OPTIONS);
      state = applySignal(state, alarm(n, false), OPTIONS);
    }
    expect(Object.keys(state.incidents).length).toBeLessThanOrEqual(51);
    for (const { cause } of state.untold) expect(state.incidents[cause]).toBeDefined();
  });
});

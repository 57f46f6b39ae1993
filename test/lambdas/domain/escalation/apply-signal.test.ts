import { describe, expect, it } from 'vitest';
import { applySignal } from '../../../../lambdas/domain/escalation/apply-signal.ts';
import { NO_INCIDENTS } from '../../../../lambdas/domain/escalation/incident.ts';
import type { Signal } from '../../../../lambdas/domain/escalation/signal.ts';
import { all, OPTIONS, pages } from './incidents.ts';
import { alarm, at, circuit, deadLetter, ended, operator, question } from './samples.ts';

describe('incidents', () => {
  it('are one for a storm of one cause: one trigger, one card, one end of it', () => {
    const storm = Array.from({ length: 500 }, (_, n) => deadLetter(n % 50, { failureId: `order-${n}` }));
    const state = all(
      circuit(0, 'open'),
      ...storm,
      circuit(60, 'half-open'),
      circuit(61, 'recovering'),
      circuit(62, 'closed'),
    );
    expect(state.untold).toEqual([
      { channel: 'pager', telling: 'trigger', cause: 'unreachable', number: 1 },
      { channel: 'chat', telling: 'trigger', cause: 'unreachable', number: 1 },
      { channel: 'pager', telling: 'resolve', cause: 'unreachable', number: 1 },
      { channel: 'chat', telling: 'resolve', cause: 'unreachable', number: 1 },
    ]);
    expect(state.incidents.unreachable).toMatchObject({
      state: 'resolved',
      count: 501,
      firstAt: at(0),
      lastAt: at(49),
      resolvedAt: at(62),
      priority: 'P2',
      samples: Array.from({ length: 5 }, (_, n) => expect.objectContaining({ failureId: `order-${n}` })),
    });
  });

  it.each<[string, readonly Signal[], readonly string[]]>([
    [
      'each cause is one of its own',
      [deadLetter(1), deadLetter(2, { reason: 'permanent', rule: 'http-422' })],
      ['trigger unreachable#1', 'trigger permanent:http-422#1'],
    ],
    [
      'exhausted and deadline are one cause',
      [deadLetter(1), deadLetter(2, { reason: 'deadline' })],
      ['trigger unreachable#1'],
    ],
    [
      'an outage that comes again is a new one',
      [circuit(1, 'open'), circuit(2, 'closed'), circuit(3, 'open')],
      ['trigger unreachable#1', 'resolve unreachable#1', 'trigger unreachable#2'],
    ],
    [
      'a probe that fails is no news',
      [circuit(1, 'open'), circuit(2, 'half-open'), circuit(3, 'open')],
      ['trigger unreachable#1'],
    ],
    ['an operator who forces a circuit open knows of it', [circuit(1, 'forced-open')], []],
    [
      'an operator who ends that knows of it too, but not of probes that fail then',
      [circuit(1, 'forced-open'), { ...circuit(2, 'open'), reason: 'released' }],
      [],
    ],
    [
      'probes that fail after an operator’s decision are an outage',
      [
        { ...circuit(2, 'open'), reason: 'released' },
        circuit(3, 'half-open'),
        { ...circuit(4, 'open'), reason: 'probe-failed' },
      ],
      ['trigger unreachable#1'],
    ],
    [
      'a change counts by its sequence, though a clock is late',
      [
        { ...circuit(9, 'open'), sequence: 7 },
        { ...circuit(4, 'closed'), sequence: 10 },
      ],
      ['trigger unreachable#1', 'resolve unreachable#1'],
    ],
    [
      'an earlier change that comes late is no news, though its clock is ahead',
      [
        { ...circuit(4, 'closed'), sequence: 10 },
        { ...circuit(9, 'open'), sequence: 7 },
      ],
      [],
    ],
    [
      'a smaller sequence that arrives two days later is that of a new item',
      [
        { ...circuit(4, 'closed'), sequence: 10 },
        { ...circuit(2 * 86_400, 'open'), sequence: 1 },
      ],
      ['trigger unreachable#1'],
    ],
    [
      'a smaller sequence of an old change that somebody sends again is no news',
      [
        { ...circuit(4, 'closed'), sequence: 10 },
        { ...circuit(1, 'open'), sequence: 7, arrivedAt: at(2 * 86_400) },
      ],
      [],
    ],
    ['a circuit that closes ends nothing that is not there', [circuit(1, 'closed')], []],
    [
      'all tenants must be well again',
      [circuit(1, 'open', 'payments/a'), circuit(2, 'open', 'payments/b'), circuit(3, 'closed', 'payments/a')],
      ['trigger unreachable#1'],
    ],
    [
      'they are over when the last one is',
      [
        circuit(1, 'open', 'payments/a'),
        circuit(2, 'open', 'payments/b'),
        circuit(3, 'closed', 'payments/a'),
        circuit(4, 'closed', 'payments/b'),
      ],
      ['trigger unreachable#1', 'resolve unreachable#1'],
    ],
    ['an alarm that says what is known is no second page', [deadLetter(1), alarm(2, true)], ['trigger unreachable#1']],
    [
      'an alarm of which nothing is known is told',
      [alarm(1, true), alarm(2, true)],
      ['trigger alarm:Stack-Payments#1'],
    ],
    [
      'all is over with the last alarm',
      [deadLetter(1, { reason: 'permanent', rule: 'r' }), alarm(2, true), alarm(3, false)],
      ['trigger permanent:r#1', 'resolve permanent:r#1'],
    ],
    [
      'but not while the circuit is open',
      [circuit(1, 'open'), alarm(2, true), alarm(3, false)],
      ['trigger unreachable#1'],
    ],
    [
      'nor does a question end with it, which is about something else',
      [question(1), alarm(2, true), alarm(3, false)],
      ['trigger decision-needed#1', 'trigger alarm:Stack-Payments#1', 'resolve alarm:Stack-Payments#1'],
    ],
    [
      'an alarm that is more urgent than what is known is told',
      [deadLetter(1), alarm(2, true, { priority: 'P1' })],
      ['trigger unreachable#1', 'trigger alarm:Stack-Payments#1'],
    ],
    [
      'an answer ends the need for a decision',
      [question(1), operator(2, 'anna', { action: 'decide', failureId: 'order-7' })],
      ['trigger decision-needed#1', 'acknowledge decision-needed#1', 'resolve decision-needed#1'],
    ],
    [
      'but not where another question waits',
      [question(1), question(1, 'order-8'), operator(2, 'anna', { action: 'decide', failureId: 'order-7' })],
      ['trigger decision-needed#1'],
    ],
    [
      'nobody has answered in time',
      [question(1), ended(2, 'order-7')],
      ['trigger decision-needed#1', 'resolve decision-needed#1'],
    ],
    ['and its notice may come after that', [ended(2, 'order-7'), question(1)], []],
    ['but not where another failure ends', [question(1), ended(2, 'order-8')], ['trigger decision-needed#1']],
    [
      'nor does a late notice ask about a dead letter of another reason',
      [
        { ...deadLetter(2, { reason: 'handler-failed', rule: 'r', failureId: 'order-7' }), hasConflict: true },
        question(1),
      ],
      ['trigger handler-failed:r#1'],
    ],
    [
      'or with the dead letter of a failure that nobody decided about',
      [question(1), deadLetter(2, { reason: 'no-decision', rule: 'r', failureId: 'order-7' })],
      ['trigger decision-needed#1', 'trigger no-decision:r#1', 'resolve decision-needed#1'],
    ],
    [
      'what becomes more urgent is told anew, once',
      [circuit(1, 'open'), deadLetter(2, { priority: 'P1' }), deadLetter(3, { priority: 'P1' }), deadLetter(4)],
      ['trigger unreachable#1', 'resolve unreachable#1', 'trigger unreachable#2'],
    ],
    [
      'what was not heard of for a day is told anew',
      [deadLetter(1), deadLetter(86_402), deadLetter(86_500)],
      ['trigger unreachable#1', 'resolve unreachable#1', 'trigger unreachable#2'],
    ],
    [
      'nor while another alarm rings',
      [deadLetter(1), alarm(2, true), alarm(3, true, { alarm: 'Other' }), alarm(4, false)],
      ['trigger unreachable#1'],
    ],
    ['an alarm that never rang ends nothing', [deadLetter(1), alarm(2, false)], ['trigger unreachable#1']],
    ['many questions are one', [question(1), question(2)], ['trigger decision-needed#1']],
    [
      'whoever acknowledges has taken it on, once',
      [deadLetter(1), operator(2), operator(3, 'bob')],
      ['trigger unreachable#1', 'acknowledge unreachable#1'],
    ],
    ['whoever acknowledges where nothing is open tells nobody', [operator(1)], []],
    [
      'half-done work is a cause of its own',
      [deadLetter(1, { compensation: 'incomplete' })],
      ['trigger undo-incomplete#1'],
    ],
  ])('%s', (_, signals, expected) => {
    expect(pages(all(...signals))).toEqual(expected);
  });

  it.each<[string, readonly Signal[], readonly string[]]>([
    [
      'a circuit that has opened, once it is closed',
      [circuit(1, 'open'), circuit(2, 'closed'), circuit(1, 'open'), circuit(3, 'closed')],
      ['trigger unreachable#1', 'resolve unreachable#1'],
    ],
    [
      'a circuit that has closed, once it is open again',
      [circuit(1, 'open'), circuit(2, 'closed'), circuit(3, 'open'), circuit(2, 'closed')],
      ['trigger unreachable#1', 'resolve unreachable#1', 'trigger unreachable#2'],
    ],
    [
      'the circuit of one tenant, while that of another is open',
      [
        circuit(1, 'open', 'payments/a'),
        circuit(2, 'open', 'payments/b'),
        circuit(3, 'closed', 'payments/a'),
        circuit(1, 'open', 'payments/a'),
        circuit(4, 'closed', 'payments/b'),
      ],
      ['trigger unreachable#1', 'resolve unreachable#1'],
    ],
    [
      'a dead letter of an outage that is over',
      [circuit(1, 'open'), circuit(3, 'closed'), deadLetter(2)],
      ['trigger unreachable#1', 'resolve unreachable#1'],
    ],
    [
      'an alarm that is over',
      [alarm(1, true), alarm(2, false), alarm(1, true)],
      ['trigger alarm:Stack-Payments#1', 'resolve alarm:Stack-Payments#1'],
    ],
  ])('neither start nor end after a late signal: of %s', (_, signals, expected) => {
    expect(pages(all(...signals))).toEqual(expected);
  });

  it.each([
    ['P1', deadLetter(1, { priority: 'P1' })],
    ['P2', deadLetter(1, { priority: 'P3' })],
    ['P1', deadLetter(1, { priority: 'P3', compensation: 'not-run' })],
    ['P2', question(1)],
    ['P1', alarm(1, true, { priority: 'P1' })],
  ])('are %s where the signal says so', (priority, signal) => {
    expect(Object.values(all(signal).incidents)).toMatchObject([{ priority }]);
  });

  it('are P1 at once if the config says so for an unreachable dependency', () => {
    const state = applySignal(NO_INCIDENTS, circuit(1, 'open'), { ...OPTIONS, urgencyOf: () => 'P1' });
    expect(state.incidents.unreachable?.priority).toBe('P1');
  });

  it('that become more urgent keep their count, and are no end of anything', () => {
    const { incidents, past } = all(circuit(1, 'open'), deadLetter(2, { priority: 'P1' }));
    expect(incidents.unreachable).toMatchObject({ number: 2, priority: 'P1', count: 2, firstAt: at(1) });
    expect(past).toMatchObject([{ number: 1, priority: 'P2', state: 'resolved', goesOn: true }]);
  });

  it('of half-done work name each step, and count the dead letter after it as the same failure', () => {
    const notice: Signal = {
      kind: 'notice',
      at: at(1),
      about: 'undo',
      dependency: 'payments',
      failureId: 'order-2',
      reason: 'exhausted',
      correlationId: 'trace-2',
      summary: 's',
      notes: ['order-2, 1. "reserve" (stock): failed'],
    };
    const { incidents } = all(notice, deadLetter(2, { compensation: 'incomplete' }));
    expect(incidents['undo-incomplete']).toMatchObject({
      priority: 'P1',
      count: 1,
      notes: notice.notes,
      samples: [{ failureId: 'order-2', attempts: 7 }],
    });
  });

  it('tell apart who does not want acknowledgements', () => {
    const chat = all(deadLetter(1), operator(2)).untold.filter(({ channel }) => channel === 'chat');
    expect(chat.map(({ telling }) => telling)).toEqual(['trigger']);
  });
});

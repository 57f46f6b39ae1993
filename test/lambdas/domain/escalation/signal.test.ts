import { describe, expect, it } from 'vitest';
import { readSignal as read } from '../../../../lambdas/domain/escalation/signal.ts';
import { undoAlertText } from '../../../../lambdas/domain/escalation/undo-alert.ts';

const OPTIONS = {
  arrivedAt: Date.parse('2026-03-01T12:00:05Z'),
  settingsOf: (name: string) => (name === 'payments' ? { rules: [{ name: 'card declined' }] } : undefined),
};
const readSignal = (body: string) => read(body, OPTIONS);

const event = (type: string, detail: object) =>
  JSON.stringify({ 'detail-type': type, time: '2026-03-01T12:00:00Z', source: 'backstop', detail });
const notification = (Message: string, more: object = {}) =>
  JSON.stringify({ Type: 'Notification', Message, Timestamp: '2026-03-01T12:00:00.000Z', ...more });
const alarm = (change: object = {}) =>
  notification(
    JSON.stringify({
      AlarmName: 'Stack-PaymentsAlarm',
      AlarmDescription:
        'Failures of payments wait. Dependency: payments. Priority: P1. What to do: https://r.example/r.md#lane-dead-letters',
      NewStateValue: 'ALARM',
      NewStateReason: 'Threshold Crossed',
      StateChangeTime: '2026-03-01T12:00:00.123+0000',
      ...change,
    }),
  );
const attribute = (Value: string) => ({ Type: 'String', Value });

describe('a signal', () => {
  it('is a dead letter', () => {
    const facts = { dependency: 'payments', tenant: 'acme', priority: 'P1', compensation: 'none' };
    const sample = { correlationId: 'trace-1', reason: 'exhausted', rule: 'http-503', attempts: 7 };
    const detail = { version: 1, eventId: 'e', id: 'order-1', outcome: 'dead-lettered', ...facts, ...sample };
    const conflict = { ...detail, conflict: 'both-changed' };
    expect(readSignal(event('Operation Dead-Lettered', conflict))).toMatchObject({ hasConflict: true });
    expect(readSignal(event('Operation Dead-Lettered', { ...detail, cycle: 2 }))).toMatchObject({ cycle: 2 });
    expect(readSignal(event('Operation Dead-Lettered', detail))).toEqual({
      kind: 'dead-letter',
      at: '2026-03-01T12:00:00.000Z',
      ...facts,
      sample: { failureId: 'order-1', tenant: 'acme', ...sample },
    });
  });

  it.each(['Recovered', 'Resolved', 'Degraded', 'Compensated', 'Discarded'])(
    'is the end of a failure: Operation %s',
    (type) => {
      const detail = { version: 1, eventId: 'e', id: 'order-1', dependency: 'payments', conflict: 'both-changed' };
      expect(readSignal(event(`Operation ${type}`, detail))).toEqual({
        kind: 'ended',
        at: '2026-03-01T12:00:00.000Z',
        dependency: 'payments',
        failureId: 'order-1',
      });
      const removed = readSignal(event(`Operation ${type}`, { ...detail, dependency: 'removed' }));
      expect(removed?.dependency).toBe('removed');
      expect(() => readSignal(event(`Operation ${type}`, { ...detail, dependency: 'no name' }))).toThrow();
    },
  );

  it('is a change of a circuit, or what an operator did', () => {
    const changed = { dependency: 'payments', circuit: 'payments/acme', to: 'open', at: '2026-03-01T11:59:59.000Z' };
    const others = { tenant: 'acme', counts: {} };
    expect(readSignal(event('Circuit State Changed', { ...changed, ...others, sequence: 7 }))).toEqual({
      kind: 'circuit',
      ...changed,
      sequence: 7,
      arrivedAt: '2026-03-01T12:00:05.000Z',
    });
    const acted = { action: 'redrive', by: 'anna', at: '2026-03-01T11:59:59.000Z', dependency: 'payments' };
    expect(readSignal(event('Operator Acted', { ...acted, why: 'w' }))).toEqual({ kind: 'operator', ...acted });
  });

  it('is an alarm, by the fixed words of its description', () => {
    expect(readSignal(alarm())).toEqual({
      kind: 'alarm',
      at: '2026-03-01T12:00:00.123Z',
      dependency: 'payments',
      alarm: 'Stack-PaymentsAlarm',
      rings: true,
      summary: 'Failures of payments wait.',
      section: 'lane-dead-letters',
      priority: 'P1',
    });
    expect(readSignal(alarm({ NewStateValue: 'OK' }))).toMatchObject({ rings: false });
    const foreign = readSignal(alarm({ AlarmDescription: null }));
    expect(foreign).toMatchObject({
      alarm: 'Stack-PaymentsAlarm',
      summary: 'Stack-PaymentsAlarm',
      section: 'alarms',
      priority: 'P2',
    });
    expect(foreign).toMatchObject({ dependency: undefined });
  });

  it('is a question, or a saga that needs somebody', () => {
    const MessageAttributes = {
      about: attribute('question'),
      dependency: attribute('payments'),
      failureId: attribute('order-7'),
      correlationId: attribute('trace-7'),
    };
    expect(
      readSignal(notification('A human must decide', { Subject: 'a decision is needed', MessageAttributes })),
    ).toEqual({
      kind: 'notice',
      at: '2026-03-01T12:00:00.000Z',
      about: 'question',
      summary: 'a decision is needed',
      notes: [],
      dependency: 'payments',
      failureId: 'order-7',
      correlationId: 'trace-7',
    });
    const message = {
      priority: 'P1',
      summary: 's',
      execution: 'arn:e',
      steps: {
        Reserve: 'undone',
        Invoice_Label: { Invoice: { state: 'undo failed', error: 'ShopError' }, Label: { state: 'undone' } },
      },
      whatToDo: 'r#s',
    };
    expect(
      readSignal(
        notification(JSON.stringify(message), {
          Subject: 'P1: the saga',
          MessageAttributes: { about: attribute('saga') },
        }),
      ),
    ).toMatchObject({
      about: 'saga',
      of: 'arn:e',
      summary: 'the saga',
      notes: [
        'execution arn:e',
        'Reserve: undone',
        'Invoice: undo failed, ShopError',
        'Label: undone',
        'What to do: r#s',
      ],
    });
  });

  it('is an undo that is incomplete, with the state of each step', () => {
    const text = undoAlertText(
      {
        kind: 'backstop-dead-letter',
        version: 1,
        id: 'order-7',
        cycle: 1,
        correlationId: 'trace-7',
        dependency: 'payments',
        priority: 'P1',
        reason: 'exhausted',
        verdict: 'transient',
        rule: 'http-503',
        category: 'external-dependency',
        attempts: 8,
        compensation: 'incomplete',
        runbook: 'r',
        occurredAt: '2026-03-01T11:00:00Z',
        deadLetteredAt: '2026-03-01T12:00:00Z',
        undo: [
          {
            name: 'reserve',
            dependency: 'stock',
            state: 'failed',
            because: 'permanent',
            rule: 'http-404',
            attempts: 1,
          },
        ],
      },
      { runbookUrl: 'r' },
    );
    const MessageAttributes = { about: attribute('undo') };
    expect(readSignal(notification(text, { Subject: 's', MessageAttributes }))).toEqual({
      kind: 'notice',
      at: '2026-03-01T12:00:00.000Z',
      about: 'undo',
      summary: 's',
      reason: 'exhausted',
      failureId: 'order-7',
      correlationId: 'trace-7',
      dependency: 'payments',
      notes: ['order-7, 1. "reserve" (stock): failed, permanent, rule http-404, 1 call'],
    });
  });

  it.each([
    ['an alarm without data', alarm({ NewStateValue: 'INSUFFICIENT_DATA' })],
    ['a report of a failure', event('Operation Failed', {})],
    ['a message about something else', notification('P1: …', { MessageAttributes: { about: attribute('weather') } })],
  ])('is not %s', (_, body) => {
    expect(readSignal(body)).toBeUndefined();
  });

  it.each(['no JSON', '{}', notification('no alarm'), event('Operation Dead-Lettered', { id: 1 })])(
    'is refused where nobody can read it: %s',
    (body) => {
      expect(() => readSignal(body)).toThrow();
    },
  );
});

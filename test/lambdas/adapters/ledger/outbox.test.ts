import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { publish } from '../../../../lambdas/adapters/ledger/outbox.ts';
import { keyOf } from '../../../support/samples.ts';

const OUTBOX = { eventId: 'order-1.1.recovered', detailType: 'Operation Recovered', detail: '{"version":1}' };

/** An outbox with the given answer of the bus. */
function outbox(answer: () => Promise<unknown>) {
  const sent: PutEventsCommand[] = [];
  const emptied: unknown[][] = [];
  const events = {
    send: (command: PutEventsCommand) => {
      sent.push(command);
      return answer();
    },
  } as unknown as EventBridgeClient;
  const ledger = { clearOutbox: async (...args: unknown[]) => void emptied.push(args) };
  return { ports: { events, busName: 'bus', ledger }, sent, emptied };
}

describe('the outbox', () => {
  it('is emptied of the event that the bus has taken', async () => {
    const { ports, sent, emptied } = outbox(async () => ({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] }));
    await publish(keyOf('order-1'), OUTBOX, ports);
    expect(sent[0]).toBeInstanceOf(PutEventsCommand);
    expect(sent[0]?.input).toEqual({
      Entries: [
        { EventBusName: 'bus', Source: 'backstop', DetailType: 'Operation Recovered', Detail: '{"version":1}' },
      ],
    });
    expect(emptied).toEqual([['order-1', 'order-1.1.recovered']]);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['refuses', async () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] }), 'ThrottlingEx'],
    ['can not be reached', () => Promise.reject(new Error('no route')), 'no route'],
  ])('keeps an event that the bus %s', async (_, answer, message) => {
    const { ports, emptied } = outbox(answer);
    await expect(publish(keyOf('order-1'), OUTBOX, ports)).rejects.toThrow(message);
    expect(emptied).toEqual([]);
  });
});

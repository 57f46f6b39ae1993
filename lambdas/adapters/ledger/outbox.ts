import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../contract/events.ts';
import type { FailureKey } from '../../contract/failure-key.ts';
import type { OutboxEntry } from '../../contract/ledger-entry.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';

export interface OutboxPorts {
  readonly events: EventBridgeClient;
  readonly busName: string;
  readonly ledger: Pick<Ledger, 'clearOutbox'>;
}

/**
 * Publishes an event, then clears the outbox: at-least-once delivery. After a crash in between, the event is published
 * again with the same `eventId`.
 *
 * @throws Error with the error code if the bus refuses the event
 */
export async function publish(
  key: FailureKey,
  outbox: OutboxEntry,
  { events, busName, ledger }: OutboxPorts,
): Promise<void> {
  const { Entries = [] } = await events.send(
    new PutEventsCommand({
      Entries: [{ EventBusName: busName, Source: EVENT_SOURCE, DetailType: outbox.detailType, Detail: outbox.detail }],
    }),
  );
  const code = Entries[0]?.ErrorCode;
  if (code !== undefined) throw new Error(`the bus rejected the event: ${code}`);
  await ledger.clearOutbox(key, outbox.eventId);
}

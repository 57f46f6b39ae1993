import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

export interface Destination {
  readonly client: EventBridgeClient;
  readonly busName: string;
}

/** PutEvents takes no more at once. */
const ENTRIES_PER_CALL = 10;

/**
 * Puts `Operation Failed` events on the bus. A detail that has no `occurredAt` occurred just now.
 *
 * @throws Error where the bus refuses one
 */
export async function sendFailures(details: readonly object[], { client, busName }: Destination): Promise<void> {
  for (let from = 0; from < details.length; from += ENTRIES_PER_CALL) {
    const { FailedEntryCount, Entries = [] } = await client.send(
      new PutEventsCommand({
        Entries: details.slice(from, from + ENTRIES_PER_CALL).map((detail) => ({
          EventBusName: busName,
          Source: 'backstop.demo',
          DetailType: 'Operation Failed',
          Detail: JSON.stringify({ occurredAt: new Date().toISOString(), ...detail }),
        })),
      }),
    );
    if (FailedEntryCount) {
      const { ErrorCode, ErrorMessage } = Entries.find((entry) => entry.ErrorCode !== undefined) ?? {};
      throw new Error(`the bus rejected ${FailedEntryCount} events: ${ErrorCode}: ${ErrorMessage}`);
    }
  }
}

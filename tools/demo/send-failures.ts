import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

export interface Destination {
  readonly client: EventBridgeClient;
  readonly busName: string;
}

/** The most entries of one PutEvents request. */
const ENTRIES_PER_CALL = 10;

/**
 * Puts `Operation Failed` events on the bus. Adds the current time as `occurredAt` if it is missing.
 *
 * @throws Error if the bus rejects an event
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

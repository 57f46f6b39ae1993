import * as v from 'valibot';
import type { OutboxEntry } from '../../contract/ledger-entry.ts';
import type { StoredCircuit } from '../../domain/circuit/circuit-store.ts';

/** After this time, the stream has lost a change, in milliseconds. */
const LATE_MS = 60_000;

const Change = v.pipe(v.string(), v.parseJson(), v.object({ at: v.pipe(v.string(), v.isoTimestamp()) }));

/**
 * Publishes the changes of circuits that the table's stream has not. Without its last event, an incident never ends,
 * and dead letters wait for the next outage.
 *
 * @throws what `publish` throws, after all circuits have had their turn
 */
export async function publishLateChanges(
  circuits: readonly StoredCircuit[],
  publish: (key: string, outbox: OutboxEntry) => Promise<void>,
  now: number,
): Promise<void> {
  const errors: unknown[] = [];
  for (const { key, outbox } of circuits) {
    if (outbox && isLate(outbox, now)) await publish(key, outbox).catch((error) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

function isLate({ detail }: OutboxEntry, now: number): boolean {
  const { success, output } = v.safeParse(Change, detail);
  return success && now - Date.parse(output.at) > LATE_MS;
}

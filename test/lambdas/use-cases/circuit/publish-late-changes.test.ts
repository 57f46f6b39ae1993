import { describe, expect, it } from 'vitest';
import { allCircuits } from '../../../../lambdas/adapters/circuit/all-circuits.ts';
import { circuitOutbox } from '../../../../lambdas/adapters/circuit/circuit-outbox.ts';
import { DynamoDBCircuitStore } from '../../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { forceCircuit } from '../../../../lambdas/use-cases/circuit/force-circuit.ts';
import { publishLateChanges } from '../../../../lambdas/use-cases/circuit/publish-late-changes.ts';
import { NOW, sampleSettings } from '../../../support/samples.ts';
import { startTables } from '../../../support/tables.ts';

/** A circuit whose last change the stream has lost. */
async function circuitWithLostChange() {
  const { client, circuits: table } = await startTables();
  const store = new DynamoDBCircuitStore({ client, table });
  const watcher = { changed: () => undefined, unreachable: () => undefined };
  const decision = { to: 'open', reason: 'so', by: 'ada', until: NOW + 3_600_000 } as const;
  await forceCircuit('payments', decision, { policy: sampleSettings().circuit, store, watcher, now: NOW });
  const published: string[] = [];
  const publishLate = async (now: number) =>
    publishLateChanges(
      await allCircuits({ client, table }, now),
      async (key, { eventId }) => {
        published.push(eventId);
        await circuitOutbox(client, table).clearOutbox(key, eventId);
      },
      now,
    );
  return { published, publishLate };
}

describe('a change of a circuit that the stream has lost', () => {
  it('is published once it is late, once', async () => {
    const { published, publishLate } = await circuitWithLostChange();
    await publishLate(NOW + 60_000);
    expect(published).toEqual([]);
    await publishLate(NOW + 60_001);
    await publishLate(NOW + 120_000);
    expect(published).toEqual([expect.stringContaining('circuit.payments')]);
  });

  it('keeps no other from its turn where the bus refuses it', async () => {
    const at = new Date(NOW).toISOString();
    const circuits = ['a', 'b'].map((key) => ({
      key,
      snapshot: {} as never,
      outbox: { eventId: key, detailType: 'Circuit State Changed', detail: JSON.stringify({ at }) },
    }));
    const tried: string[] = [];
    const refusing = publishLateChanges(
      circuits,
      async (key) => {
        tried.push(key);
        throw new Error('the bus refuses it');
      },
      NOW + 100_000,
    );
    await expect(refusing).rejects.toThrow('the bus refuses it');
    expect(tried).toEqual(['a', 'b']);
  });
});

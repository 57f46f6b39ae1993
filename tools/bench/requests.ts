import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBCircuitStore } from '../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { keptSecondsOf } from '../../lambdas/domain/circuit/circuit-store.ts';
import { Breaker } from '../../lambdas/use-cases/circuit/breaker.ts';
import { serveTables } from '../../test/support/tables.ts';
import { forceOpen, ourContext } from './contestants.ts';

/** Requests to the table in one minute of calls. All figures are per guarded call. */
export interface Requests {
  readonly reads: number;
  readonly writes: number;
  /** Capacity units that the table reports. */
  readonly units: number;
}

export type Health = 'closed' | 'failing' | 'open';

export const CALLS_PER_SECOND = 100;
const SECONDS = 60;
const EPOCH_MS = 1_800_000_000_000;
/** One of 20 calls fails, too few to open the circuit. */
const FAILING_EVERY = 20;

/** Requests of circuitbreaker-lambda per call: one inconsistent GetItem (half a unit) and one UpdateItem below 1 KB. */
export const PEER: Requests = { reads: 1, writes: 1, units: 1.5 };

/** Makes a minute of calls from one instance in virtual time, against a real table. */
export async function requestsPerCall(health: Health): Promise<Requests> {
  const tables = await serveTables();
  try {
    const count = counting(tables.client);
    let now = EPOCH_MS;
    const ours = ourContext();
    const keptSeconds = keptSecondsOf(ours.policy.windowMs);
    const store = new DynamoDBCircuitStore({ client: tables.client, table: tables.circuits, keptSeconds });
    const clock = () => now;
    const context = { ...ours, store, now: clock, turnNow: clock };
    const breaker = new Breaker('service', context);
    if (health === 'open') await forceOpen(context, now);
    const calls = SECONDS * CALLS_PER_SECOND;
    // Skips the first second: a new instance reads once for its initial state.
    for (let call = -CALLS_PER_SECOND; call < calls; call++, now += 1_000 / CALLS_PER_SECOND) {
      if (call === 0) count.reset();
      const fails = health === 'failing' && call % FAILING_EVERY === 0;
      const made = breaker.call(async () => {
        if (fails) throw new Error('down');
      });
      // Only the table's requests count, not the rejection.
      await made.catch(() => {});
    }
    return { reads: count.reads / calls, writes: count.writes / calls, units: count.units / calls };
  } finally {
    await tables.stop();
  }
}

class Count {
  reads = 0;
  writes = 0;
  units = 0;

  reset(): void {
    this.reads = this.writes = this.units = 0;
  }
}

function counting(client: DynamoDBClient): Count {
  const count = new Count();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as never });
        const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } };
        if (commandName === 'GetItemCommand') count.reads++;
        else count.writes++;
        count.units += ConsumedCapacity?.CapacityUnits ?? Number.NaN;
        return answer;
      },
    { step: 'initialize' },
  );
  return count;
}

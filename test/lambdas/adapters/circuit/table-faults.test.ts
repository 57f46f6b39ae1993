import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBCircuitStore } from '../../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import { CircuitOpenError } from '../../../../lambdas/contract/errors.ts';
import { Breaker } from '../../../../lambdas/use-cases/circuit/breaker.ts';
import { type Fault, faultyProcess } from '../../../support/faulty-client.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

const POLICY = { ...DEFAULT_CIRCUIT_POLICY, confidence: 0, minimumCalls: 5 };

let tables: Tables;
/** The facts of a run without faults. */
let healthy: Told;
beforeAll(async () => {
  tables = await startTables();
  healthy = await outage();
});
afterAll(async () => tables.stop());

class DownError extends Error {
  override readonly name = 'DownError';
}

interface Told {
  readonly made: number;
  readonly rejected: number;
  /** Errors of calls other than the dependency's own. */
  readonly strange: readonly string[];
  readonly unreachable: number;
  /** Calls that the table counted. */
  readonly counted: number;
  readonly requests: readonly string[];
}

/** An outage as one instance sees it: the circuit opens, is probed and recovers. */
async function outage(fault?: Fault): Promise<Told> {
  const store = new DynamoDBCircuitStore({ client: tables.client, table: tables.circuits });
  const told = { made: 0, rejected: 0, strange: [] as string[], unreachable: 0 };
  let now = NOW;
  let tokens = 0;
  const breaker = new Breaker(randomUUID(), {
    policy: POLICY,
    store,
    watcher: { changed: () => undefined, unreachable: () => void told.unreachable++ },
    now: () => now,
    random: () => 0,
    newToken: () => String(++tokens),
    isFailure: () => true,
  });
  const call = async (isDown: boolean) => {
    const answer = breaker.call(async () => {
      told.made++;
      if (isDown) throw new DownError();
    });
    await answer.catch((error: Error) => {
      if (error instanceof CircuitOpenError) told.rejected++;
      else if (!(error instanceof DownError)) told.strange.push(error.name);
    });
  };
  const run = faultyProcess(tables.client, fault);
  for (let n = 0; n < POLICY.minimumCalls + 1; n++, now += 250) await call(true);
  now += POLICY.openForMs;
  for (let n = 0; n < 6; n++, now += 900) await call(false);
  run.end();
  return { ...told, counted: (await store.read(breaker.key, now)).traffic, requests: run.calls };
}

describe('a table of circuits that fails once', () => {
  it('is asked for all that a circuit goes through', () => {
    const { requests, strange, rejected, unreachable } = healthy;
    expect({ strange, unreachable }).toEqual({ strange: [], unreachable: 0 });
    expect(rejected).toBeGreaterThan(0);
    expect(new Set(requests)).toEqual(new Set(['GetItemCommand', 'UpdateItemCommand']));
  });

  it('never makes a call fail, and counts no call twice', async () => {
    const { requests } = healthy;
    for (const call of requests.keys()) {
      const { made, strange, unreachable, counted } = await outage({ call: call + 1, mode: 'fails before' });
      const fault = `${requests[call]} ${call + 1}`;
      expect({ fault, strange, unreachable }).toEqual({ fault, strange: [], unreachable: 1 });
      expect({ fault, isTooMuch: counted > made }).toEqual({ fault, isTooMuch: false });
    }
  });

  it('never makes a call fail where an answer is lost, and counts twice only what was in a lost answer', async () => {
    const { requests } = healthy;
    for (const call of requests.keys()) {
      const { made, strange, counted } = await outage({ call: call + 1, mode: 'fails after' });
      const fault = `${requests[call]} ${call + 1}`;
      expect({ fault, strange }).toEqual({ fault, strange: [] });
      // One instance with one call at a time reports at most two calls per request.
      expect({ fault, isTooMuch: counted > made + 2 }).toEqual({ fault, isTooMuch: false });
    }
  });
});

import { randomUUID } from 'node:crypto';
import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBCircuitStore } from '../../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { type Circuit, closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { INITIAL_SNAPSHOT } from '../../../../lambdas/domain/circuit/circuit-store.ts';
import { COMPARED_SECONDS } from '../../../../lambdas/domain/circuit/recovery.ts';
import { KEPT_PARTS } from '../../../../lambdas/domain/circuit/tally.ts';
import { faultyProcess } from '../../../support/faulty-client.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { changeTo, describeCircuitStore, HALF_OPEN, OPEN, outcomes } from './circuit-store-contract.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const open = (options: { keptSeconds?: number } = {}) =>
  new DynamoDBCircuitStore({ client: tables.client, table: tables.circuits, ...options });

async function item(key: string): Promise<Record<string, AttributeValue>> {
  const command = new GetItemCommand({ TableName: tables.circuits, Key: { id: { S: key } }, ConsistentRead: true });
  return (await tables.client.send(command)).Item ?? {};
}

const counters = async (key: string) => Object.keys(await item(key)).filter((name) => /^[sf]\d/.test(name));

/** Size like DynamoDB's: full names, a byte per two digits, and for lists and maps 3 bytes plus 1 per entry. */
function bytes(value: AttributeValue): number {
  if (value.N !== undefined) return Math.ceil(value.N.replace(/^-?0?\./, '').length / 2) + 1;
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, entry) => sum + 1 + bytes(entry), 0);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

function itemBytes(attributes: Record<string, AttributeValue>): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytes(value), 0);
}

describeCircuitStore('the store in DynamoDB', () => open());

describe('the item of a circuit', () => {
  it('stays within one write unit, and old counters vanish', async () => {
    const key = randomUUID();
    const store = open({ keptSeconds: 12 });
    const budget = { tokens: 12.3456789, at: NOW, traffic: 123_456 };
    await store.replace(key, INITIAL_SNAPSHOT, { circuit: closed(NOW, 0.123456789), budget }, NOW);
    for (let second = 0; second < 40; second++) {
      const now = NOW + second * 1_000;
      const calls = { at: now, from: now - 990, until: now, successes: 950, failures: 50, traffic: 1_000 };
      await store.add(key, outcomes(calls), now);
      expect(itemBytes(await item(key))).toBeLessThan(1_024);
      expect((await counters(key)).length).toBeLessThanOrEqual(2 * 13 + 2 * KEPT_PARTS);
    }
  });

  it('keeps the seconds that a recovering circuit compares, though its window is shorter', async () => {
    const key = randomUUID();
    const store = open({ keptSeconds: 12 });
    const ramp = { share: 0.1, since: NOW, callMs: 2_500, careful: true as const };
    const recovering: Circuit = { kind: 'recovering', since: NOW, trippedAt: NOW, baseline: 0, probes: [], ramp };
    await store.replace(key, INITIAL_SNAPSHOT, { circuit: recovering }, NOW);
    for (let second = 0; second < 30; second++) {
      await store.add(key, outcomes({ generation: 1, at: NOW + second * 1_000, successes: 300 }), NOW + second * 1_000);
    }
    const { circuit, buckets } = await store.read(key, NOW + 29_000);
    expect(circuit).toEqual(recovering);
    expect(buckets).toHaveLength(COMPARED_SECONDS + 2);
  });

  it('keeps times as numbers, and is gone 30 days after the last write', async () => {
    const key = randomUUID();
    await open().replace(key, INITIAL_SNAPSHOT, { circuit: OPEN }, NOW);
    const { circuit, expiresAt } = await item(key);
    expect(circuit?.M?.until).toEqual({ N: String(NOW + 30_000) });
    expect(expiresAt).toEqual({ N: String(NOW / 1_000 + 30 * 86_400) });
  });

  it('loses the counters of an earlier generation at the next write', async () => {
    const key = randomUUID();
    const store = open();
    const before = await store.add(key, outcomes({ failures: 5 }), NOW);
    await store.replace(key, before, { circuit: OPEN }, NOW);
    await store.add(key, outcomes({ generation: 1 }), NOW);
    expect((await counters(key)).toSorted()).toEqual([`s1.${NOW / 1_000}`, `s1.${NOW / 1_000}.0`]);
  });

  it('counts late calls even where their counter is about to go', async () => {
    const key = randomUUID();
    const store = open();
    await store.replace(key, await store.add(key, outcomes(), NOW), { circuit: OPEN }, NOW);
    expect(await store.add(key, outcomes({ generation: 0 }), NOW)).toMatchObject({ buckets: [], traffic: 2 });
  });

  it('has the event that tells of a change, written with it', async () => {
    const key = `payments/${randomUUID()}`;
    const change = { ...changeTo(OPEN, key), until: NOW + 30_000, note: 'a move', by: 'ops' };
    await open().replace(key, INITIAL_SNAPSHOT, { circuit: OPEN, change }, NOW);
    const { outbox } = unmarshall(await item(key));
    expect(outbox).toMatchObject({ eventId: `circuit.${key}.${NOW}.1`, detailType: 'Circuit State Changed' });
    expect(JSON.parse(outbox.detail)).toEqual({
      version: 1,
      eventId: `circuit.${key}.${NOW}.1`,
      circuit: key,
      dependency: 'payments',
      tenant: key.slice('payments/'.length),
      from: 'closed',
      to: 'open',
      reason: 'failure-rate',
      counts: { successes: 1, failures: 4 },
      sequence: 1,
      at: new Date(NOW).toISOString(),
      until: new Date(NOW + 30_000).toISOString(),
      note: 'a move',
      by: 'ops',
    });
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['a circuit of a kind that nobody knows', { circuit: { M: { kind: { S: 'ajar' } } } }],
    [
      'a circuit that lacks a time',
      { circuit: { M: { kind: { S: 'open' }, since: { N: '1' }, baseline: { N: '0' } } } },
    ],
    ['a circuit that is text', { circuit: { S: 'open' } }],
    ['a version that is text', { version: { S: 'latest' }, generation: { S: '2' } }],
    ['a number beyond all numbers', { generation: { N: '1e40' }, [`s0.${NOW / 1_000}`]: { S: 'many' } }],
    ['a budget that is none', { budget: { M: { tokens: { S: 'all' } } } }],
  ])('heals where somebody has written by hand: %s', async (_, attributes) => {
    const key = randomUUID();
    const whole = { id: { S: key }, version: { N: '4' }, generation: { N: '2' }, ...attributes };
    await tables.client.send(new PutItemCommand({ TableName: tables.circuits, Item: whole }));
    const before = await open().read(key, NOW);
    expect(before).toMatchObject({ circuit: INITIAL_SNAPSHOT.circuit });
    expect(before.budget).toBeUndefined();
    const after = await open().replace(key, before, { circuit: OPEN }, NOW);
    expect(after).toMatchObject({ circuit: OPEN, version: before.version + 1, generation: before.generation + 1 });
    expect(await open().read(key, NOW)).toEqual(after);
  });
});

describe('a write whose answer is lost', () => {
  /** Repeats the first write, like a client that lost the answer. */
  function losingFirstAnswer() {
    let isLost = false;
    tables.client.middlewareStack.add(
      (next) => async (args) => {
        if (!isLost) await next(args);
        isLost = true;
        return next(args);
      },
      { step: 'initialize', name: 'losing', priority: 'high' },
    );
    return () => void tables.client.middlewareStack.remove('losing');
  }

  it('is recognised when the client has tried again', async () => {
    const key = randomUUID();
    const end = losingFirstAnswer();
    const after = await open().replace(key, INITIAL_SNAPSHOT, { circuit: OPEN }, NOW).finally(end);
    expect(after).toMatchObject({ circuit: OPEN, version: 1 });
  });

  it('is not taken for that of somebody who has written the same', async () => {
    const key = randomUUID();
    await open().replace(key, INITIAL_SNAPSHOT, { circuit: OPEN }, NOW);
    expect(await open().replace(key, INITIAL_SNAPSHOT, { circuit: OPEN }, NOW)).toBeUndefined();
  });

  it('is not recognised any more when somebody else has gone on from it', async () => {
    const key = randomUUID();
    const store = open();
    const first = await store.replace(key, INITIAL_SNAPSHOT, { circuit: OPEN }, NOW);
    if (!first) throw new Error('somebody else was faster');
    await store.replace(key, first, { circuit: HALF_OPEN }, NOW);
    expect(await store.replace(key, INITIAL_SNAPSHOT, { circuit: OPEN }, NOW)).toBeUndefined();
  });

  it('is recognised where nobody tries again', async () => {
    const key = randomUUID();
    const run = faultyProcess(tables.client, { call: 1, mode: 'fails after' });
    const after = await open().replace(key, INITIAL_SNAPSHOT, { circuit: OPEN }, NOW);
    run.end();
    expect(after).toMatchObject({ circuit: OPEN, version: 1 });
  });

  it('rejects where the table can no longer be reached', async () => {
    const key = randomUUID();
    const run = faultyProcess(tables.client, { call: 1, mode: 'crashes after' });
    await expect(open().replace(key, INITIAL_SNAPSHOT, { circuit: OPEN }, NOW)).rejects.toThrow('crashes after');
    run.end();
    expect(await open().read(key, NOW)).toMatchObject({ circuit: OPEN });
  });
});

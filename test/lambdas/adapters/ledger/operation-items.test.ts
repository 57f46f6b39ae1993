import { randomUUID } from 'node:crypto';
import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { dynamoDBOperations } from '../../../../lambdas/adapters/ledger/operation-items.ts';
import { shownEntries } from '../../../../lambdas/adapters/ledger/shown-entries.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import { LARGE_OPERATION_BYTES } from '../../../../lambdas/contract/limits.ts';
import { json } from '../../../support/json.ts';
import { NOW, sampleEntry, sampleFailure } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

const SECRET = 'card 4111';
const LARGE = sampleFailure({
  operation: { method: 'PUT', path: '/orders/1', body: json({ text: SECRET.repeat(LARGE_OPERATION_BYTES / 4) }) },
});

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const table = () => ({ client: tables.client, table: tables.ledger });
const open = (separates = true) =>
  new DynamoDBLedger({ ...table(), reconcileAfterMs: 60_000, now: () => NOW, separates });
const claim = () => open().claim(sampleEntry({ id: randomUUID(), failure: LARGE }));

describe('the item of an operation', () => {
  it('is unreadable without the token in the entry, and lives longer than the entry', async () => {
    const entry = await claim();
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.ledger }));
    const item = Items.find(({ id }) => id?.S?.startsWith(`${failureKey(entry)}#operation#`));
    expect(Buffer.from(item?.sealed?.B ?? []).toString('latin1')).not.toContain(SECRET);
    expect(JSON.stringify(item)).not.toContain(entry.operationItem?.token);
    expect(Number(item?.expiresAt?.N)).toBeGreaterThan(entry.expiresAt);
    expect((await open().get(failureKey(entry)))?.failure).toEqual(LARGE);
  });

  it('opens for its own failure and token only', async () => {
    const operations = dynamoDBOperations(table());
    const [key, other] = [failureKey(sampleEntry()), failureKey(sampleEntry({ id: 'other' }))];
    const ref = { token: 'a', digest: '', until: 9 };
    await operations.put(key, ref, 'text');
    expect(await operations.get(key, ref)).toBe('text');
    expect(await operations.get(other, ref)).toBeUndefined();
    expect(await operations.get(key, { ...ref, token: 'b' })).toBeUndefined();
  });

  it('is written only where the setting asks for it, and read in any case', async () => {
    const [apart, within] = [await claim(), await open(false).claim(sampleEntry({ id: randomUUID(), failure: LARGE }))];
    expect(within.operationItem).toBeUndefined();
    for (const entry of [apart, within])
      for (const separates of [true, false])
        expect((await open(separates).get(failureKey(entry)))?.failure).toEqual(LARGE);
  });

  it('leaves in the entry what an earlier version refuses to read', async () => {
    const Key = { id: { S: failureKey(await claim()) } };
    const { Item } = await tables.client.send(new GetItemCommand({ TableName: tables.ledger, Key }));
    expect(() => JSON.parse(Item?.failure?.S ?? '{}')).toThrow(SyntaxError);
  });

  it('stays hidden where an operator reads the entry', async () => {
    const shown = await shownEntries(table()).get(failureKey(await claim()));
    expect(shown).toMatchObject({ state: 'open' });
    expect([shown?.failure, shown?.operationItem]).toEqual([undefined, undefined]);
  });
});

describe('an edited operation', () => {
  const small = (version: 1 | 2) =>
    sampleFailure({ version, operation: { method: 'PUT', path: '/orders/1', body: json({ version }) } });
  const large = (version: 1 | 2) => ({ ...LARGE, version });

  it.each([
    ['from 2 to 1', small(2), small(1)],
    ['from 1 to 2', small(1), small(2)],
    ['from a large 2 to 1', large(2), small(1)],
    ['from 2 to a large 1', small(2), large(1)],
    ['from a large 1 to 2', large(1), small(2)],
  ])('replaces the old one in every attribute, whatever its version: %s', async (_, before, after) => {
    const claimed = await open().claim(sampleEntry({ id: randomUUID(), failure: before }));
    const dead = { ...(await open().settle(claimed, { outcome: 'dead-lettered' })), failure: before };
    const edit = { failure: after, number: 1, fields: [], text: '[]' };
    expect(await open().editOperation(dead, edit, { by: 'ada', why: 'so' })).toBe(true);
    expect((await open().get(failureKey(dead)))?.failure).toEqual(after);
  });
});

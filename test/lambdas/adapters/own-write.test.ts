import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand, paginateScan, type ScanCommandOutput, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { readItem, updateItem } from '../../../lambdas/adapters/own-write.ts';
import { LedgerStore } from '../../../lambdas/use-cases/ledger/ledger-store.ts';
import { startTables, type Tables } from '../../support/tables.ts';
import { LEDGER, OTHERS, type Prepare } from './conditional-writes.ts';

const WRITES = Object.entries({ ...LEDGER, ...OTHERS });

type Send = () => Promise<unknown>;

/** What the network does to a write. `send` lets it take effect. */
type Network = (send: Send, id: string, tables: Tables) => Promise<unknown>;

const LOST_ANSWERS: Readonly<Record<string, Network>> = {
  'the client repeats it': async (send) => {
    await send();
    return send();
  },
  'others write before the client repeats it': async (send, id, tables) => {
    await send();
    for (const by of ['publisher', 'reconciler', 'operator']) await touch(tables, id, by);
    return send();
  },
  'the client gives up': async (send) => {
    await send();
    throw new Error('the answer is lost');
  },
  'the client repeats it and gives up': async (send) => {
    await send();
    await send().catch(() => undefined);
    throw new Error('the answer is lost');
  },
};

/** Makes the write of a story on a network. Returns how it ended, and all items afterwards. */
async function run(prepare: Prepare, network?: Network) {
  const tables = await startTables();
  try {
    const write = await prepare(tables);
    let isFirst = true;
    tables.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (!network || !isFirst || (commandName !== 'UpdateItemCommand' && commandName !== 'PutItemCommand'))
            return next(args);
          isFirst = false;
          const { Key, Item } = args.input as {
            readonly Key?: { id: { S: string } };
            readonly Item?: { id: { S: string } };
          };
          return network(() => next(args), (Key ?? Item)?.id.S ?? '', tables) as ReturnType<typeof next>;
        },
      { step: 'initialize', name: 'network', priority: 'high' },
    );
    const end = await write().then(
      (value) => ({ value }),
      (error: Error) => ({ error: error.message }),
    );
    return comparable({ end, items: await itemsOf(tables) });
  } finally {
    await tables.stop();
  }
}

/** A write of somebody else that no condition minds. */
async function touch({ client, ledger, circuits }: Tables, id: string, by: string): Promise<void> {
  for (const table of [ledger, circuits]) {
    if ((await readItem({ client, table }, id)) === undefined) continue;
    await updateItem({ client, table }, id, {
      UpdateExpression: 'SET touched = :by',
      ExpressionAttributeValues: { ':by': { S: by } },
    });
  }
}

async function itemsOf({ client, ledger, circuits }: Tables): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for (const TableName of [ledger, circuits]) {
    for await (const { Items = [] } of paginateScan({ client }, { TableName }) as AsyncIterable<ScanCommandOutput>) {
      items.push(...Items.map((item) => unmarshall(item)));
    }
  }
  return items;
}

/** Leaves out what differs by chance, and what others wrote. */
function comparable<T>(value: T): T {
  const hidden = ['touched', 'write1', 'write2', 'write3', 'write4'];
  const text = JSON.stringify(value, (name, each) => (hidden.includes(name) ? undefined : each));
  return JSON.parse(text.replaceAll(RANDOM, 'random')) as T;
}

/** Ids and shards of audit records, and tokens of transitions. */
const RANDOM = /(?<=#)[0-9a-f]{12}|pending-\d|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

describe.each(WRITES)('the conditional write: %s', (_, prepare) => {
  let undisturbed: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    undisturbed = await run(prepare);
  });

  it.each(Object.entries(LOST_ANSWERS))(
    'takes effect once and knows it, where its answer is lost and %s',
    async (__, network) => {
      expect(await run(prepare, network)).toEqual(undisturbed);
    },
  );

  it('fails and changes nothing where the network fails before its effect', async () => {
    const before = await run(async (tables) => {
      await prepare(tables);
      return async () => undefined;
    });
    const lost = await run(prepare, async () => {
      throw new Error('unreachable');
    });
    expect(lost).toEqual({ end: { error: 'unreachable' }, items: before.items });
  });
});

it('covers every transition of the ledger', () => {
  const reads = ['constructor', 'now', 'get', 'due'];
  const methods = Object.getOwnPropertyNames(LedgerStore.prototype).filter((name) => !reads.includes(name));
  expect(Object.keys(LEDGER).toSorted()).toEqual(methods.toSorted());
});

describe('a write that others refused', () => {
  const tableOf = async () => {
    const { client, ledger: table } = await startTables();
    return { client, table };
  };
  const is = (n: number) => ({
    UpdateExpression: 'SET n = :n',
    ConditionExpression: 'attribute_not_exists(n)',
    ExpressionAttributeValues: { ':n': { N: String(n) } },
  });

  it('is not taken for an own one', async () => {
    const table = await tableOf();
    expect(await updateItem(table, 'a', is(1))).toEqual({ id: { S: 'a' }, n: { N: '1' } });
    expect(await updateItem(table, 'a', is(2))).toBeUndefined();
    expect(await readItem(table, 'a')).toEqual({ id: { S: 'a' }, n: { N: '1' } });
  });

  it('is not said to be refused where nobody can look', async () => {
    const table = await tableOf();
    await updateItem(table, 'a', is(1));
    table.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'GetItemCommand') throw new Error('unreachable');
          return next(args);
        },
      { step: 'initialize', name: 'unreadable', priority: 'high' },
    );
    await expect(updateItem(table, 'a', is(2))).rejects.toThrow('unreachable');
  });
});

it('no other file writes to DynamoDB, except for what needs no condition', () => {
  const COMMANDS = [UpdateItemCommand, PutItemCommand].map(({ name }) => name);
  const FORBIDDEN = new RegExp([...COMMANDS, 'DeleteItemCommand', 'TransactWrite', 'BatchWrite'].join('|'));
  const root = join(import.meta.dirname, '../../..');
  const files = ['lambdas', 'bin'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const writing = files.filter(
    (file) => file.endsWith('.ts') && FORBIDDEN.test(readFileSync(join(root, file), 'utf8')),
  );
  // The counts of a circuit have no condition. A record of the effects table has the token of its call. The key of an
  // audit record is its token. An operation's item never changes.
  expect(writing.toSorted()).toEqual([
    'lambdas/adapters/circuit/dynamodb-circuit-store.ts',
    'lambdas/adapters/ledger/effects.ts',
    'lambdas/adapters/ledger/operation-items.ts',
    'lambdas/adapters/operator/audit-log.ts',
    'lambdas/adapters/own-write.ts',
  ]);
});

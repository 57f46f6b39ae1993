import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand, paginateScan, type ScanCommandOutput, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { circuitOutbox } from '../../../lambdas/adapters/circuit/circuit-outbox.ts';
import { DynamoDBCircuitStore } from '../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { incidentStore } from '../../../lambdas/adapters/escalation/incident-store.ts';
import { ticketStore } from '../../../lambdas/adapters/escalation/ops-items.ts';
import { answerStore } from '../../../lambdas/adapters/fallback/answer-store.ts';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { announcing } from '../../../lambdas/adapters/operator/announcement.ts';
import { readItem, updateItem } from '../../../lambdas/adapters/own-write.ts';
import { redriveRuns } from '../../../lambdas/adapters/redrive/redrive-runs.ts';
import { failureKey } from '../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../../lambdas/contract/time.ts';
import { INITIAL_SNAPSHOT } from '../../../lambdas/domain/circuit/circuit-store.ts';
import { NO_INCIDENTS } from '../../../lambdas/domain/escalation/incident.ts';
import type { QuestionedEntry, Undoing } from '../../../lambdas/domain/ledger/ledger-changes.ts';
import { LedgerStore } from '../../../lambdas/use-cases/ledger/ledger-store.ts';
import { sampleQuestion } from '../../support/questions.ts';
import { NOW, sampleEntry, sampleFailure, sampleUndo } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

const now = () => NOW;
const WHO = { by: 'ada', why: 'so' };
const OUTBOX = { eventId: 'event', detailType: 'Operation Recovered', detail: '{}' };
const DEAD = { state: 'settled', outcome: 'dead-lettered' } as const;
const IN_FLIGHT = { attempts: 1, inFlight: { token: 'mine', until: iso(NOW + 1_000) } };
const BACKUP_CALL = { dependency: 'backup', token: 'mine', until: NOW + 1_000 };
const AT_BACKUP = { backupCalled: 'backup', uncertain: 'attempt' } as const;
const ASKED = { question: sampleQuestion({ token: 'task' }) };
const UNDO = { undo: sampleUndo() };
const RUN = { lane: 'payments', run: 'run', ...WHO, filter: {}, rate: 1, startedAt: NOW, moved: 0 };
const GOOD = { at: iso(NOW), statusCode: 200, body: '{}', dependency: 'payments', contentType: 'application/json' };
const CLOSED = { circuit: INITIAL_SNAPSHOT.circuit };
const undoStep = { name: 'reserve', dependency: 'stock', state: 'calling', attempts: 1 } as const;

/** Prepares a table, and makes one conditional write of its own. Returns the write. */
type Prepare = (tables: Tables) => Promise<() => Promise<unknown>>;

/** A transition of a failure's entry, from an entry with these attributes. */
function ledgerWrite(
  write: (ledger: DynamoDBLedger, entry: LedgerEntry) => Promise<unknown>,
  change: Partial<LedgerEntry> = {},
): Prepare {
  return async ({ client, ledger: table }) => {
    const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000, now });
    const entry = await ledger.claim(sampleEntry(change));
    // Other attributes than those that a claim sets.
    const read = { ...entry, ...change };
    return () => write(ledger, read);
  };
}

const LEDGER: Readonly<Record<string, Prepare>> = {
  claim: async ({ client, ledger: table }) => {
    const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000, now });
    return () => ledger.claim(sampleEntry());
  },
  beginAttempt: ledgerWrite((ledger, entry) => ledger.beginAttempt(entry, { token: 'next', until: NOW + 1_000 })),
  recordFailedAttempt: ledgerWrite((ledger, entry) => {
    const step = { at: iso(NOW), step: 'attempt-failed' } as const;
    return ledger.recordFailedAttempt(entry, { verdict: entry.verdict, step });
  }, IN_FLIGHT),
  withdrawAttempt: ledgerWrite((ledger, entry) => ledger.withdrawAttempt(entry), IN_FLIGHT),
  suspendAttempt: ledgerWrite((ledger, entry) => ledger.suspendAttempt(entry), IN_FLIGHT),
  recordResolution: ledgerWrite(
    (ledger, entry) => ledger.recordResolution(entry, { rounds: 1, refused: [], winner: 'ours' }),
    IN_FLIGHT,
  ),
  hold: ledgerWrite((ledger, entry) => ledger.hold(entry, { because: 'circuit', until: NOW + 1 })),
  passOn: ledgerWrite((ledger, entry) => ledger.passOn(entry, { messageId: 'm', copy: 0 })),
  escalateToWorkflow: ledgerWrite((ledger, entry) =>
    ledger.escalateToWorkflow(entry, { execution: 'execution', attemptLimit: 6 }),
  ),
  rescue: ledgerWrite((ledger, entry) => ledger.rescue(entry, 'execution+r1')),
  settle: ledgerWrite((ledger, entry) => ledger.settle(entry, { outcome: 'recovered', outbox: OUTBOX })),
  clearOutbox: ledgerWrite((ledger, entry) => ledger.clearOutbox(failureKey(entry), OUTBOX.eventId), {
    ...DEAD,
    outbox: OUTBOX,
  }),
  postpone: ledgerWrite((ledger, entry) => ledger.postpone({ ...entry, expiresAt: 0 })),
  beginUndo: ledgerWrite((ledger, entry) => ledger.beginUndo(entry, sampleUndo())),
  recordUndoStep: ledgerWrite((ledger, entry) => ledger.recordUndoStep(entry as Undoing, 0, undoStep), UNDO),
  announceBackupCall: ledgerWrite((ledger, entry) => ledger.announceBackupCall(entry, BACKUP_CALL)),
  withdrawBackupCall: ledgerWrite((ledger, entry) => ledger.withdrawBackupCall(entry), AT_BACKUP),
  recordBackupFailure: ledgerWrite(
    (ledger, entry) => ledger.recordBackupFailure(entry, { dependency: 'backup', verdict: entry.verdict }),
    AT_BACKUP,
  ),
  delayAttempt: ledgerWrite((ledger, entry) => ledger.delayAttempt(entry, NOW + 1)),
  storeTaskToken: ledgerWrite((ledger, entry) => ledger.storeTaskToken(entry as QuestionedEntry, 'next'), ASKED),
  recordAnswer: ledgerWrite(
    (ledger, entry) => ledger.recordAnswer(entry as QuestionedEntry, { choice: 'ours', ...WHO, at: iso(NOW) }),
    ASKED,
  ),
  reopen: ledgerWrite(
    (ledger, entry) =>
      ledger.reopen(entry, { verdict: entry.verdict, attemptLimit: 3, deadline: NOW, deadLetterQueueUrl: 'url' }),
    DEAD,
  ),
  editOperation: ledgerWrite(
    (ledger, entry) =>
      ledger.editOperation(entry, { failure: sampleFailure(), number: 1, fields: [], text: '[]' }, WHO),
    DEAD,
  ),
  discard: ledgerWrite((ledger, entry) => ledger.discard(entry, WHO), DEAD),
  park: ledgerWrite((ledger, entry) => ledger.park(entry), DEAD),
  allowCycle: ledgerWrite((ledger, entry) => ledger.allowCycle(entry, WHO), DEAD),
};

const OTHERS: Readonly<Record<string, Prepare>> = {
  'a change of a circuit': async ({ client, circuits: table }) => {
    const store = new DynamoDBCircuitStore({ client, table });
    const before = await store.replace('payments', INITIAL_SNAPSHOT, CLOSED, NOW);
    return () => store.replace('payments', before ?? INITIAL_SNAPSHOT, CLOSED, NOW);
  },
  'the first change of a circuit': async ({ client, circuits: table }) => {
    const store = new DynamoDBCircuitStore({ client, table });
    return () => store.replace('payments', INITIAL_SNAPSHOT, CLOSED, NOW);
  },
  "the clearing of a circuit's outbox": async ({ client, circuits: TableName }) => {
    const Item = marshall({ id: 'payments', outbox: { eventId: 'event' } });
    await client.send(new PutItemCommand({ TableName, Item }));
    return () => circuitOutbox(client, TableName).clearOutbox('payments', 'event');
  },
  'a change of incidents': async ({ client, ledger: table }) => {
    const store = incidentStore({ client, table, now });
    return () => store.replace('payments', { version: 0, state: NO_INCIDENTS }, { state: NO_INCIDENTS });
  },
  'the claim of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    return () => runs.claim(RUN);
  },
  'the begin of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    return () => runs.begin(RUN);
  },
  'the release of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    await runs.claim(RUN);
    return () => runs.release(RUN);
  },
  'the renewal of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    await runs.begin(RUN);
    return () => runs.renew(RUN, 7);
  },
  'the end of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    await runs.begin(RUN);
    return () => runs.end(RUN, 'done', 7);
  },
  'a last good answer': async ({ client, ledger: table }) => {
    const answers = answerStore({ client, table });
    return () => answers.keep('key', GOOD, 1_000);
  },
  'an announcement': async ({ client, ledger: table }) => {
    const announce = announcing({ client, table });
    return () => announce({ id: 'r', action: 'redrive', principal: 'arn', at: iso(now()), ...WHO });
  },
  'the id of a ticket': async ({ client, ledger: table }) => {
    const tickets = ticketStore({ client, table }, now);
    return () => tickets.put('key', 'ticket');
  },
};

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

import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQuestions } from '../../../../lambdas/adapters/conflict/open-questions.ts';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import type { Question } from '../../../../lambdas/contract/conflict-record.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { QuestionedEntry } from '../../../../lambdas/domain/ledger/ledger-changes.ts';
import { keyOf, NOW, sampleEntry, sampleUndo } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const iso = (offsetMs: number) => new Date(NOW + offsetMs).toISOString();
const ledger = () =>
  new DynamoDBLedger({ client: tables.client, table: 'ledger', reconcileAfterMs: 60_000, now: () => NOW });
const list = () => openQuestions(ledger(), { client: tables.client, table: 'ledger' });
const ids = async () => (await list()).map(({ id }) => id);

async function ask(
  id: string,
  change: Partial<Question> = {},
  others: Partial<LedgerEntry> = {},
): Promise<QuestionedEntry> {
  const question: Question = {
    id: '1.1',
    because: 'asked-for',
    state: 'digest',
    shown: '{}',
    askedAt: iso(0),
    until: iso(10_000),
    ...change,
  };
  return { ...(await ledger().claim(sampleEntry({ id, tier: 'warm', question, ...others }))), question };
}

const ANSWER = { choice: 'ours', by: 'ops', why: 'so', at: iso(0) } as const;

describe('the list of open questions', () => {
  it('begins with the one whose time is over first, and loses those that are answered or settled', async () => {
    expect(await ids()).toEqual([]);
    await ask('late', { until: iso(30_000) });
    const soon = await ask('soon', { until: iso(5_000) });
    const waits = await ask('waits', { until: iso(20_000) });
    await ledger().claim(sampleEntry({ id: 'asks-nothing' }));
    // The list doesn't depend on a waiting machine.
    expect(await ledger().storeTaskToken(waits, 'token')).toBe(true);
    expect(await ids()).toEqual(['soon', 'waits', 'late']);

    expect(await ledger().recordAnswer(soon, ANSWER)).toBe(true);
    expect(await ids()).toEqual(['waits', 'late']);
    await ledger().settle(waits, { outcome: 'dead-lettered', reason: 'no-decision' });
    expect(await ids()).toEqual(['late']);
  });

  it('has none of a failure that is being undone, nor is an answer to it taken', async () => {
    const undoing = await ask('undoing', {}, { undo: sampleUndo() });
    expect(await ids()).not.toContain('undoing');
    expect(await ledger().recordAnswer(undoing, ANSWER)).toBe(false);
  });

  it('shows the question as it is', async () => {
    const asked = await ask('shown', { version: '"v1"' });
    expect((await list()).find(({ id }) => id === 'shown')).toEqual(asked);
  });

  it('has them all, however many pages they fill', async () => {
    const many = Array.from({ length: 7 }, (_, n) => `many-${n}`);
    for (const id of many) await ask(id);
    const client: DynamoDBClient = Object.create(tables.client, {
      send: {
        value: (command: QueryCommand) => tables.client.send(new QueryCommand({ ...command.input, Limit: 2 })),
      },
    });
    const found = await openQuestions(ledger(), { client, table: 'ledger' });
    expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(many));
  });
});

describe('what is written of a question', () => {
  it('keeps no token of one that is answered, or is another by now', async () => {
    const asked = await ask('token');
    expect(await ledger().storeTaskToken({ ...asked, question: { ...asked.question, id: '1.2' } }, 'token')).toBe(
      false,
    );
    await ledger().recordAnswer(asked, ANSWER);
    expect(await ledger().storeTaskToken(asked, 'token')).toBe(false);
    expect((await ledger().get(keyOf('token')))?.question).toEqual({ ...asked.question, answer: ANSWER });
  });

  it.each<[string, Partial<Question>, object]>([
    ['is another by now', { id: '1.2' }, {}],
    ['is about another state by now', { state: 'another' }, {}],
    ['is waited for by another by now', { token: 'another' }, {}],
    ['is over by then', {}, { at: iso(10_000) }],
  ])('takes no answer to one that %s', async (reason, seen, change) => {
    const asked = await ask(`answer-${reason.length}-${Object.keys(seen)}`);
    const stale = { ...asked, question: { ...asked.question, ...seen } };
    expect(await ledger().recordAnswer(stale, { ...ANSWER, ...change })).toBe(false);
    expect((await ledger().get(failureKey(asked)))?.question?.answer).toBeUndefined();
  });
});

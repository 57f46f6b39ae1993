import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import type { Answer, Question } from '../../../../lambdas/contract/conflict-record.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { QuestionedEntry } from '../../../../lambdas/domain/ledger/ledger-changes.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const iso = (ms: number) => new Date(ms).toISOString();
const QUESTION: Question = {
  id: '1.1',
  because: 'asked-for',
  state: 'digest',
  shown: '{}',
  token: 'token',
  askedAt: iso(NOW),
  until: iso(NOW + 1_000),
};
const ANSWER: Answer = { choice: 'ours', by: 'ops', why: 'so', at: iso(NOW) };

/** A question as the reader saw it, and its state when the answer is written. */
async function asked(meanwhile: { readonly question?: Partial<Question>; readonly entry?: Partial<LedgerEntry> } = {}) {
  const options = { client: tables.client, table: tables.ledger, reconcileAfterMs: 60_000, now: () => NOW };
  const seen: QuestionedEntry = { ...sampleEntry({ id: randomUUID() }), question: QUESTION };
  const ledger = new DynamoDBLedger(options);
  await ledger.claim({ ...seen, ...meanwhile.entry, question: { ...QUESTION, ...meanwhile.question } });
  return { seen, ledger, entry: () => ledger.get(failureKey(seen)) };
}

describe('an answer', () => {
  it('is written with name and reason if the question has not changed', async () => {
    const { seen, ledger, entry } = await asked();
    expect(await ledger.recordAnswer(seen, ANSWER)).toBe(true);
    expect(await entry()).toMatchObject({ question: { answer: ANSWER } });
    const { at, ...decision } = ANSWER;
    expect((await entry())?.trail.at(-1)).toEqual({ at, step: 'decided', question: '1.1', ...decision });
  });

  it.each<[string, Parameters<typeof asked>[0]]>([
    ['another is asked', { question: { id: '1.2' } }],
    ['another state is asked about', { question: { state: 'other' } }],
    ['another execution waits', { question: { token: 'other' } }],
    ['somebody else has answered', { question: { answer: { ...ANSWER, by: 'dev' } } }],
    ['its time is over', { question: { until: ANSWER.at } }],
    ['it was redriven', { entry: { cycle: 2 } }],
    ['it has its outcome', { entry: { state: 'settled', outcome: 'dead-lettered' } }],
  ])('is not written where by then %s', async (_, meanwhile) => {
    const { seen, ledger, entry } = await asked(meanwhile);
    const before = await entry();
    expect(await ledger.recordAnswer(seen, ANSWER)).toBe(false);
    expect(await entry()).toEqual(before);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { auditRecords } from '../../../lambdas/adapters/operator/audit-log.ts';
import type { Question } from '../../../lambdas/contract/conflict-record.ts';
import { type OperatorScene, startOperator } from '../../support/operator.ts';
import { asking } from '../../support/questions.ts';
import { keyOf } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
let folder: string;
let backstop: OperatorScene['backstop'];
const woken: unknown[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'decisions-'));
  tables = await startTables();
  const wake = async (token: string) => {
    if (token.includes('order-unheard')) throw Object.assign(new Error(), { name: 'AccessDeniedException' });
    woken.push(token);
  };
  ({ backstop } = startOperator({ tables, ports: { wake } }));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await tables.stop();
});

const ledger = () => new DynamoDBLedger({ client: tables.client, table: tables.ledger, reconcileAfterMs: 60_000 });
const ask = (id: string, change: Partial<Question> = {}) =>
  ledger().claim(asking(id, { token: `token of ${id}`, ...change }, Date.now()));
const answerOf = async (id: string) => (await ledger().get(keyOf(id)))?.question?.answer;

describe('backstop decisions and decide', () => {
  it('list, show, take each decision once, write it down, and wake the machine', async () => {
    expect(await backstop('decisions')).toEqual({ code: 0, out: 'No open decisions.\n', err: '' });
    await ask('order-7');
    const list = await backstop('decisions');
    expect(list.out).toMatch(/^1 open decision:\n\n.*\n {2}order-7 {2}payments {4}both-changed {2}.* left\)\n/);
    expect(JSON.parse((await backstop('decisions', 'show', 'order-7', '--json')).out)).toMatchObject({
      id: 'order-7',
      question: '1.1',
      choices: ['ours', 'theirs', 'merged', 'abandon'],
    });
    expect((await backstop('decisions', 'show', 'order-7')).out).toMatch(/^order-7: both sides differ and /);

    const why = ['--why', 'the customer has confirmed it'];
    const decided = await backstop('decide', 'order-7', 'ours', ...why, '--question', '1.1', '--by', 'anna');
    expect(decided).toEqual({
      code: 0,
      out: 'Decided: ours for order-7, question 1.1, by ada as anna. Takes effect now.\n',
      err: '',
    });
    expect(woken).toContain('token of order-7');
    expect(await answerOf('order-7')).toMatchObject({ choice: 'ours', by: 'ada as anna', why: why[1] });
    const acts = await auditRecords({ client: tables.client, table: tables.audit }, { since: 0, limit: 10 });
    expect(acts).toContainEqual(
      expect.objectContaining({ action: 'decide', failureId: 'order-7', by: 'ada as anna', why: why[1] }),
    );

    const again = await backstop('decide', 'order-7', 'theirs', ...why, '--question', '1.1');
    expect(again).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringContaining("'order-7' was already decided by ada as anna at "),
    });
    expect((await backstop('decisions')).out).toBe('No open decisions.\n');
  });

  it.each(['theirs', 'abandon'])('take %s', async (choice) => {
    await ask(`order-${choice}`);
    expect(await backstop('decide', `order-${choice}`, choice, '--why', 'w', '--question', '1.1')).toMatchObject({
      code: 0,
    });
    expect(await answerOf(`order-${choice}`)).toMatchObject({ choice, by: 'ada' });
  });

  it('say that a decision stands, although the machine did not receive it', async () => {
    await ask('order-unheard');
    const decided = await backstop('decide', 'order-unheard', 'ours', '--why', 'w', '--question', '1.1');
    expect(decided.out).toMatch(/^Decided: ours for .* within minutes \(.*: AccessDeniedException\)\.\n$/);
    expect(await answerOf('order-unheard')).toMatchObject({ choice: 'ours' });
  });

  it('take a merged state from a file, and no other than JSON', async () => {
    await ask('order-merged');
    const file = join(folder, 'state.json');
    const decide = () =>
      backstop('decide', 'order-merged', 'merged', '--why', 'w', '--question', '1.1', '--body', file);
    expect(await decide()).toMatchObject({ code: 2, err: expect.stringContaining("can't read --body: ") });
    writeFileSync(file, '{"a":');
    expect(await decide()).toMatchObject({ code: 4, err: 'the body must be valid JSON\n' });
    expect(await answerOf('order-merged')).toBeUndefined();
    writeFileSync(file, '{"a":1}\n');
    expect(await decide()).toMatchObject({ code: 0, err: '' });
    expect(await answerOf('order-merged')).toMatchObject({ body: '{"a":1}\n' });
  });

  it.each<[string, number, readonly string[], string]>([
    ['no question', 2, ['decide', 'order-9', 'ours', '--why', 'w'], '--question is missing: it is 1.1 now'],
    ['no reason', 2, ['decide', 'order-9', 'ours', '--question', '1.1'], '--why is missing'],
    ['too long a reason', 2, ['decide', 'order-9', 'ours', '--question', '1.1', '--why', 'w'.repeat(501)], 'got 501'],
    ['a choice that is none', 2, ['decide', 'order-9', 'mine', '--question', '1.1'], 'Must be one of ours, theirs'],
    ['merged without a body', 2, ['decide', 'order-9', 'merged', '--question', '1.1'], '--body is missing'],
    [
      'a body that goes with nothing',
      2,
      ['decide', 'order-9', 'ours', '--question', '1.1', '--body', 'f'],
      '--body is valid only with merged',
    ],
    [
      'another question',
      4,
      ['decide', 'order-9', 'ours', '--question', '1.2', '--why', 'w'],
      'the question is now 1.1, got 1.2',
    ],
    ['an id that is none', 2, ['decisions', 'show', 'a b'], 'Must be a failure id'],
    ['a failure that nobody knows', 4, ['decisions', 'show', 'nobody'], "no failure has the id 'nobody'"],
  ])('end with a mistake, and change nothing, where they are told %s', async (_, code, args, message) => {
    await ask('order-9');
    expect(await backstop(...args)).toMatchObject({ code, out: '', err: expect.stringContaining(message) });
    expect(await answerOf('order-9')).toBeUndefined();
  });

  it('change nothing where the operator says no', async () => {
    await ask('order-no');
    const { backstop: unwilling, plans } = startOperator({ tables, agrees: false });
    const args = ['decide', 'order-no', 'abandon', '--question', '1.1', '--why', 'w'];
    expect(await unwilling(...args)).toMatchObject({ code: 4, err: 'Nothing was done.\n' });
    expect(plans).toEqual([expect.stringContaining('undoes its completed steps')]);
    expect(await answerOf('order-no')).toBeUndefined();
  });
});

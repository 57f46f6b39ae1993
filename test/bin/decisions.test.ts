import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Question } from '../../lambdas/shared/conflict/conflict-record.ts';
import { Ledger } from '../../lambdas/shared/ledger/ledger.ts';
import { asking } from '../support/questions.ts';
import { startTables, type Tables } from '../support/tables.ts';

let tables: Tables;
let dynamodb: string;
/** Step Functions, as far as a waiting machine is woken. */
let machines: Server;
const woken: unknown[] = [];
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'decisions-'));
  tables = await startTables();
  const { protocol, hostname, port } = (await tables.client.config.endpoint?.()) ?? {};
  dynamodb = `${protocol}//${hostname}:${port}`;
  machines = createServer(async (request, response) => {
    woken.push(await json(request));
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (!JSON.stringify(woken.at(-1)).includes('order-unheard')) response.end('{}');
    else response.writeHead(400).end('{"__type":"AccessDeniedException"}');
  });
  await new Promise<void>((resolve) => machines.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  machines.closeAllConnections();
  machines.close();
  rmSync(folder, { recursive: true });
  await tables.stop();
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function decisions(...args: readonly string[]): Promise<Ended> {
  const states = `http://127.0.0.1:${(machines.address() as AddressInfo).port}`;
  const env = {
    ...{ PATH: process.env.PATH, AWS_ENDPOINT_URL_DYNAMODB: dynamodb, AWS_ENDPOINT_URL_SFN: states },
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1' },
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, '../../bin/decisions.ts'), ...args],
      { env },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

const ledger = () => new Ledger({ client: tables.client, table: tables.ledger, reconcileAfterMs: 60_000 });
const ask = (id: string, change: Partial<Question> = {}) =>
  ledger().claim(asking(id, { token: `token of ${id}`, ...change }, Date.now()));

describe('npm run decisions', { timeout: 60_000 }, () => {
  const table = ['--table', 'ledger'];

  it('lists, shows, takes each decision once, and wakes the machine', async () => {
    expect(await decisions(...table)).toEqual({ code: 0, out: 'No conflict waits for a decision.\n', err: '' });
    await ask('order-7');
    const list = await decisions(...table);
    expect(list).toMatchObject({ code: 0, err: '' });
    expect(list.out).toMatch(
      /^1 conflict waits for a decision:\n\norder-7 {3}payments {3}both-changed {3}until .* left\)\n/,
    );

    const show = await decisions('show', 'order-7', ...table);
    expect(show).toMatchObject({ code: 0, err: '' });
    expect(show.out).toMatch(/^order-7: both sides differ, /);

    const why = ['--why', 'the customer has confirmed it'];
    const decided = await decisions('decide', 'order-7', 'ours', ...table, ...why, '--question', '1.1', '--by', 'anna');
    expect(decided).toEqual({
      code: 0,
      out: 'Decided: ours, for order-7, question 1.1, by anna. It is carried out now.\n',
      err: '',
    });
    expect(woken).toContainEqual({ taskToken: 'token of order-7', output: '{}' });
    expect((await ledger().get('order-7'))?.question?.answer).toMatchObject({
      choice: 'ours',
      by: 'anna',
      why: why[1],
    });

    const again = await decisions('decide', 'order-7', 'theirs', ...table, ...why, '--question', '1.1');
    expect(again).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining("'order-7' was decided by anna at "),
    });
    expect((await decisions(...table)).out).toBe('No conflict waits for a decision.\n');
  });

  it.each(['theirs', 'abandon'])('takes %s', async (choice) => {
    await ask(`order-${choice}`);
    expect(
      await decisions('decide', `order-${choice}`, choice, ...table, '--why', 'w', '--question', '1.1'),
    ).toMatchObject({ code: 0 });
    const { answer } = (await ledger().get(`order-${choice}`))?.question ?? {};
    expect(answer).toMatchObject({ choice, by: userInfo().username });
  });

  it('says that a decision is taken, although the machine could not be told', async () => {
    await ask('order-unheard');
    const decided = await decisions('decide', 'order-unheard', 'ours', ...table, '--why', 'w', '--question', '1.1');
    expect(decided).toMatchObject({ code: 0, err: '' });
    expect(decided.out).toMatch(/^Decided: ours, .* within minutes \(.*: AccessDeniedException\)\.\n$/);
    expect((await ledger().get('order-unheard'))?.question?.answer).toMatchObject({ choice: 'ours' });
  });

  it('takes a merged state from a file, and no other than JSON', async () => {
    await ask('order-merged');
    const file = join(folder, 'state.json');
    const decide = () =>
      decisions('decide', 'order-merged', 'merged', ...table, '--why', 'w', '--question', '1.1', '--body', file);
    expect(await decide()).toMatchObject({ code: 2, err: expect.stringContaining('--body can not be read: ') });
    writeFileSync(file, '{"a":');
    expect(await decide()).toMatchObject({ code: 2, err: 'the body must be valid JSON\n' });
    expect((await ledger().get('order-merged'))?.question?.answer).toBeUndefined();
    writeFileSync(file, '{"a":1}\n');
    expect(await decide()).toMatchObject({ code: 0, err: '' });
    expect((await ledger().get('order-merged'))?.question?.answer).toMatchObject({ body: '{"a":1}\n' });
  });

  it('ends with 2 and the usage, and changes nothing, where it is told what can not be', async () => {
    await ask('order-usage');
    const usage = expect.stringContaining('usage: npm run decisions');
    for (const args of [
      ['decide', 'order-usage', 'ours', ...table],
      ['forget', ...table],
      ['show', ...table],
    ]) {
      expect(await decisions(...args)).toMatchObject({ code: 2, out: '', err: usage });
    }
    expect((await ledger().get('order-usage'))?.question?.answer).toBeUndefined();
  });

  it('ends with 2 where nothing is asked', async () => {
    const nothing = { code: 2, out: '', err: "the ledger has no failure 'nobody'\n" };
    expect(await decisions('show', 'nobody', ...table)).toEqual(nothing);
  });

  it('ends with 2 where the table is another', async () => {
    const other = { code: 2, out: '', err: `'${tables.circuits}' is not the ledger\n` };
    expect(await decisions('--table', tables.circuits)).toEqual(other);
  });

  it('ends with 1 where the table is not there', async () => {
    const none = { code: 1, out: '', err: "Not done: there is no table 'nope' in this account and region\n" };
    for (const args of [[], ['show', 'order-7'], ['decide', 'order-7', 'ours', '--why', 'w', '--question', '1.1']]) {
      expect(await decisions(...args, '--table', 'nope')).toEqual(none);
    }
  });

  it('says how it is used', async () => {
    for (const args of [['--help'], ['decide', '-h']]) {
      expect(await decisions(...args)).toMatchObject({
        code: 0,
        out: expect.stringContaining('CHOICE is ours'),
        err: '',
      });
    }
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCommand } from '../../bin/decisions-arguments.ts';
import { listed, shown } from '../../bin/decisions-report.ts';
import type { HttpOperation } from '../../lambdas/shared/boundary/failure.ts';
import type { Question, Shown } from '../../lambdas/shared/conflict/conflict-record.ts';
import type { Asking } from '../../lambdas/shared/conflict/decision-notes.ts';
import { Ledger } from '../../lambdas/shared/ledger/ledger.ts';
import { NOW, sampleEntry, sampleFailure } from '../support/samples.ts';
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

const DIFFERENCE: Shown = {
  difference: [
    { path: '/city', base: 'Bonn', ours: 'Ulm', theirs: 'Köln' },
    { path: '/email', base: '***', ours: '***', theirs: '***' },
    { path: '/items/0/n', ours: 5 },
  ],
};

function question(change: Partial<Question> = {}, now = NOW): Question {
  return {
    ...{ id: '1.1', because: 'both-changed', version: '"v2"', state: 'digest', shown: JSON.stringify(DIFFERENCE) },
    ...{ askedAt: new Date(now).toISOString(), until: new Date(now + 3 * 86_400_000).toISOString() },
    ...change,
  };
}

function asking(id: string, change: Partial<Question> = {}, now = NOW): Asking {
  const failure = sampleFailure({ id });
  return { ...sampleEntry({ id, failure, tier: 'warm', execution: id }), question: question(change, now) };
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

describe('the report', () => {
  const at = { now: NOW, tableOption: '' };
  const based = (id: string, operation: Partial<HttpOperation> = {}, change: Partial<Question> = {}): Asking => {
    const failure = sampleFailure({ id });
    const based = { ...failure, operation: { ...failure.operation, base: { city: 'Bonn' }, ...operation } };
    return { ...asking(id, change), failure: based };
  };

  it('lists several in columns', () => {
    const soon = asking('order-1', { until: new Date(NOW + 125 * 60_000).toISOString() });
    const over = asking('order-22', { because: 'asked-for', until: new Date(NOW - 60_000).toISOString() });
    expect(listed([soon, over, asking('order-333')], at).split('\n')).toEqual([
      '3 conflicts wait for a decision:',
      '',
      'order-1     payments   both-changed   until 2026-03-01 14:05 UTC (2 h 5 min left)',
      'order-22    payments   asked-for      until 2026-03-01 11:59 UTC (over)',
      'order-333   payments   both-changed   until 2026-03-04 12:00 UTC (3 d 0 h left)',
      '',
      'See one: npm run decisions -- show FAILURE',
    ]);
  });

  it('shows both sides, and what can be decided', () => {
    expect(shown(based('order-1'), at).split('\n')).toEqual([
      'order-1: both sides have changed the same field',
      '',
      'question         1.1, asked 2026-03-01 12:00 UTC, until 2026-03-04 12:00 UTC (3 d 0 h left)',
      'dependency       payments',
      'correlation id   trace-1',
      'operation        PUT /orders/1',
      'their version    "v2"',
      '',
      'field        base       ours    theirs',
      '/city        "Bonn"     "Ulm"   "Köln"',
      '/email       "***"      "***"   "***"',
      '/items/0/n   (absent)   5       (absent)',
      '',
      'Decide (see npm run decide -- --help):',
      "  npm run decide -- order-1 ours --question 1.1 --why '…'",
      "  npm run decide -- order-1 theirs --question 1.1 --why '…'",
      "  npm run decide -- order-1 merged --body FILE --question 1.1 --why '…'",
      "  npm run decide -- order-1 abandon --question 1.1 --why '…'",
    ]);
  });

  it('lets no state that is no JSON steer a terminal', () => {
    const sides = { ours: { mediaType: 'text/plain', bytes: 2 }, theirs: '\u009b31m', difference: [] };
    const opaque = shown(asking('order-1', { because: 'not-comparable', shown: JSON.stringify(sides) }), at);
    expect(opaque).toContain('"mediaType": "text/plain"');
    expect(opaque.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('cuts what is long, and calls the whole by its name', () => {
    const difference = [{ path: '', ours: '👍'.repeat(100), theirs: 1 }];
    const { version: _, ...gone } = question({ shown: JSON.stringify({ difference }) });
    const text = shown({ ...asking('order-1'), question: gone }, at);
    expect(text).toContain('their version    (without an ETag)');
    expect(text).toMatch(/\n\(all\) {3}"(?:👍){46}… {3}1\n/u);
    expect(text).toMatch(/\n\(all\), in full:\n {2}ours {5}"(?:👍){100}"\n {2}theirs {3}1\n\n/u);
  });

  it('knows no base where the event names none', () => {
    const difference = [{ path: '/city', ours: 'Ulm', theirs: 'Köln' }];
    const lines = shown(asking('order-1', { shown: JSON.stringify({ difference }) }), at).split('\n');
    expect(lines[0]).toBe('order-1: both sides differ, and the event does not say from which base');
    expect(lines).toEqual(expect.arrayContaining(['field   ours    theirs', '/city   "Ulm"   "Köln"']));
  });

  it('shows a whole state where there is nothing to compare it with, and only what can be chosen', () => {
    const gone = { because: 'deleted-meanwhile', state: 'gone', version: undefined } as const;
    const patch = { ...gone, shown: JSON.stringify({ ours: { city: 'Ulm' }, difference: [] }) };
    expect(
      shown(based('order-1', { method: 'PATCH' }, patch), at)
        .split('\n')
        .slice(6),
    ).toEqual([
      'their version    (deleted)',
      ...['', 'ours:', '  {', '    "city": "Ulm"', '  }', '', 'theirs:', '  (deleted)', ''],
      'Decide (see npm run decide -- --help):',
      "  npm run decide -- order-1 theirs --question 1.1 --why '…'",
      "  npm run decide -- order-1 abandon --question 1.1 --why '…'",
    ]);
    const deletion = { shown: JSON.stringify({ theirs: { city: 'Ulm' }, difference: [] }) };
    const text = shown(based('order-1', { method: 'DELETE' }, deletion), at);
    expect(text).toMatch(/^order-1: it was to be deleted, and may have been changed meanwhile\n/);
    expect(text).toContain('ours:\n  (to be deleted)\n\ntheirs:\n  {\n    "city": "Ulm"\n  }\n');
    expect(text).not.toContain('merged');
  });

  it('tells commands that find the ledger', () => {
    const there = { ...at, tableOption: ' --table ledger' };
    expect(listed([asking('order-1')], there)).toMatch(/npm run decisions -- show FAILURE --table ledger$/);
    expect(shown(asking('order-1'), there)).toContain(
      "npm run decide -- order-1 ours --question 1.1 --table ledger --why '…'",
    );
  });

  it.each([
    ['a value', { difference: [{ path: '/a', ours: '\u009b31m', theirs: '\u202eevil' }] }, {}],
    ['a name of a field', { difference: [{ path: '/\u001b[2J\nDecide:', ours: 1 }] }, {}],
    ['an ETag', { difference: [] }, { version: '"\u001b]0;title\u0007"' }],
    ['a line that is none', { difference: [{ path: '/a\u2028b\u2066', ours: '\u2028' }] }, {}],
  ])('lets %s not steer a terminal', (_, difference: Shown, change) => {
    const before = shown(
      asking('order-1', { shown: JSON.stringify({ difference: difference.difference.map(() => ({ path: '/a' })) }) }),
      at,
    );
    const text = shown(asking('order-1', { shown: JSON.stringify(difference), ...change }), at);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(text.split('\n')).toHaveLength(before.split('\n').length);
  });
});

describe('what npm run decisions is told', () => {
  const decide = ['decide', 'order-1', 'ours', '--table', 't', '--question', '1.1', '--why', 'w'];

  it('is complete with what has to be said', () => {
    const about = { action: 'decide', table: 't', id: 'order-1', choice: 'ours', question: '1.1' };
    const command = { ...about, why: 'w', by: userInfo().username };
    expect(readCommand(['--table', 't'])).toEqual({ action: 'list', table: 't' });
    expect(readCommand(['show', 'order-1', '--table', 't'])).toEqual({ action: 'show', table: 't', id: 'order-1' });
    expect(readCommand(decide)).toEqual(command);
    expect(readCommand([...decide, '--question', '1.2', '--by', 'ops'])).toEqual({
      ...command,
      question: '1.2',
      by: 'ops',
    });
  });

  it.each<[string, readonly string[], string]>([
    ['an action that is none', ['forget'], "say list, show or decide, got 'forget'"],
    ['no table', [], '--table is missing'],
    ['a failure to list', ['list', 'order-1', '--table', 't'], 'that is too much: order-1'],
    ['no failure', ['show', '--table', 't'], 'FAILURE is missing'],
    ['two failures', ['show', 'a', 'b', '--table', 't'], 'that is too much: b'],
    ['a failure that is none', ['show', 'a b', '--table', 't'], "FAILURE must be the id of a failure, got 'a b'"],
    ['a reason to show', ['show', 'a', '--table', 't', '--why', 'w'], '--why goes with decide only'],
    ['a question to list', ['--table', 't', '--question', '1.1'], '--question goes with decide only'],
    ['no choice', ['decide', 'a', '--table', 't', '--why', 'w'], 'CHOICE is missing'],
    ['a choice that is none', ['decide', 'a', 'mine', '--table', 't', '--why', 'w'], "got 'mine'"],
    ['no reason', ['decide', 'a', 'ours', '--table', 't'], '--why is missing'],
    ['no question', ['decide', 'a', 'ours', '--table', 't', '--why', 'w'], '--question is missing'],
    ['an empty reason', [...decide.slice(0, -1), ' '], "--why must be 1 to 500 characters, got ' '"],
    ['too long a reason', [...decide.slice(0, -1), 'w'.repeat(501)], '--why must be 1 to 500 characters, got 501'],
    ['too long a name', [...decide, '--by', 'n'.repeat(101)], '--by must be 1 to 100 characters, got 101'],
    ['a body that is not merged', [...decide, '--body', 'file'], '--body goes with merged only'],
    ['merged, and no body', ['decide', 'a', 'merged', '--table', 't', '--why', 'w'], '--body is missing'],
    ['an option that is none', [...decide, '--reason', 'r'], "Unknown option '--reason'"],
    ['too much', ['decide', 'a', 'ours', 'b', '--table', 't', '--why', 'w'], 'that is too much: b'],
  ])('is refused, with the usage, where it says %s', (_, args, message) => {
    expect(() => readCommand(args)).toThrow(message);
    expect(() => readCommand(args)).toThrow('usage: npm run decisions');
  });
});

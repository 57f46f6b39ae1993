import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOperator } from '../../support/operator.ts';
import { sampleSettings } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
const folder = mkdtempSync(join(tmpdir(), 'backstop-send-'));
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => {
  await tables.stop();
  rmSync(folder, { recursive: true });
});

const BODY = '{"amount":1.000000000000000001,"amount":2, "id":12345678901234567890}';
const IDS = '"id":"order-1","correlationId":"c-1","dependency":"payments"';
const DETAIL = `{${IDS},"operation":{"method":"PUT","path":"/a%2Fb","body":${BODY}},"error":{"statusCode":503}}`;

it.each([
  ['a detail', DETAIL],
  ['a file of the demonstration', `{"event":${DETAIL}}`],
  ['an entry of put-events', JSON.stringify([{ Detail: DETAIL }])],
  ['the input of put-events', JSON.stringify({ Entries: [{ Detail: DETAIL }] })],
])('sends the body as it is in the file: %s', async (_, content) => {
  const sent: string[] = [];
  const settings = sampleSettings({ encodedSlashes: true });
  const dependencies = new Map([[settings.name, settings]]);
  const report = async (detail: string) => void sent.push(detail);
  const file = join(folder, 'event.json');
  writeFileSync(file, content);
  const { backstop } = startOperator({ tables, ports: { report, dependencies } });
  expect(await backstop('send', file)).toMatchObject({ code: 0 });
  expect(sent).toEqual([expect.stringContaining(`"body":${BODY}}`)]);
});

function writing(detail: object): string {
  const file = join(folder, 'mistaken.json');
  writeFileSync(file, JSON.stringify(detail));
  return file;
}

it('names all mistakes at once, and sends nothing', async () => {
  const { backstop } = startOperator({ tables });
  const detail = { ...JSON.parse(DETAIL), id: '', tenant: 'a b', operation: { method: 'put', path: 'x' } };
  const { code, err } = await backstop('send', writing(detail));
  expect(code).toBe(4);
  expect(err.trim().split('\n')).toEqual([
    '- id must be 1 to 64 letters, digits, ".", "_" or "-", the first a letter or a digit (invalid-field)',
    '- tenant must be 1 to 64 letters, digits, ".", "_" or "-" (invalid-field)',
    '- operation.method must be one of GET, HEAD, OPTIONS, PUT, DELETE, POST, PATCH (invalid-field)',
    '- operation.path must start with a slash (unsafe-path)',
    'Not sent: the event has 4 mistakes',
  ]);
});

it('warns of a mistyped field beside the mistake that it makes', async () => {
  const { backstop } = startOperator({ tables });
  const { error, ...detail } = JSON.parse(DETAIL);
  const { code, err } = await backstop('send', writing({ ...detail, eror: error }));
  expect(code).toBe(4);
  expect(err.trim().split('\n')).toEqual([
    'Backstop ignores eror: did you mean error?',
    'Not sent: error is missing (invalid-field)',
  ]);
});

it('warns of fields that Backstop ignores, and says which one may be meant', async () => {
  const { backstop } = startOperator({ tables });
  const undo = [{ name: 's', dependency: 'orders', operation: { method: 'DELETE', path: '/x', heders: {} }, why: 'x' }];
  const detail = { ...JSON.parse(DETAIL), occuredAt: '2026-03-01T12:00:00Z', undo };
  const { code, err } = await backstop('send', writing(detail), '--dry-run');
  expect(code).toBe(0);
  expect(err.trim().split('\n')).toEqual([
    'Backstop ignores occuredAt: did you mean occurredAt?',
    'Backstop ignores undo.0.why',
    'Backstop ignores undo.0.operation.heders: did you mean headers?',
  ]);
});

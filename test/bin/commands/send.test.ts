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

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fakeClient, startOperator } from '../../support/operator.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-06-01T12:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'backstop-send-'));
const file = join(folder, 'event.json');
afterAll(() => rmSync(folder, { recursive: true }));

describe('backstop send', () => {
  // The lane rejects an event that is older than its ledger keeps failures, less a day.
  it.each([
    [30, 28, 0],
    [30, 30, 4],
    [365, 100, 0],
    [365, 365, 4],
    [15, 20, 4],
  ])('validates with the retention of the deployment: %i days, an event %i days old', async (kept, age, code) => {
    const occurredAt = new Date(NOW - age * DAY_MS).toISOString();
    const operation = { method: 'POST', path: '/orders', body: {} };
    const error = { statusCode: 503 };
    writeFileSync(
      file,
      JSON.stringify({ id: 'o-1', correlationId: 'o-1', dependency: 'orders', occurredAt, operation, error }),
    );
    const names = { ledger: 'ledger', circuits: 'circuits', audit: 'audit', effects: 'effects' };
    const tables = { client: fakeClient<never>(() => ({})), ...names };
    const { backstop } = startOperator({ tables, deployment: { retentionMs: kept * DAY_MS }, now: () => NOW });
    expect(await backstop('send', file, '--dry-run')).toMatchObject({ code });
  });
});

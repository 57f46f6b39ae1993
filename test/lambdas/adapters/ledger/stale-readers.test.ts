import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const AT = new Date(NOW).toISOString();

async function claimed(change: Partial<LedgerEntry> = {}) {
  const ledger = new DynamoDBLedger({
    client: tables.client,
    table: tables.ledger,
    reconcileAfterMs: 60_000,
    now: () => NOW,
  });
  const entry = await ledger.claim(sampleEntry({ id: randomUUID(), ...change }));
  const begin = (token: string) => ledger.beginAttempt(entry, { token, until: NOW + 1_000 });
  return { ledger, entry, begin };
}

it('lets nobody call who has read the failure before a probe of it failed, though that cost no attempt', async () => {
  const { ledger, entry, begin } = await claimed();
  const begun = await begin('first');
  if (!begun) throw new Error('the first must begin');
  await ledger.recordFailedAttempt(begun, {
    verdict: entry.verdict,
    isProbe: true,
    step: { at: AT, step: 'attempt-failed' },
  });
  expect(await ledger.get(failureKey(entry))).toMatchObject({ attempts: 0 });
  expect(await begin('stale')).toBeUndefined();
});

it('lets nobody call the dependency once the change has been sent to its backup', async () => {
  const { begin } = await claimed({ backupCalled: 'payments-eu' });
  expect(await begin('stale')).toBeUndefined();
});

it('lets who was told to wait call, and forgets what has held it', async () => {
  const { ledger, entry } = await claimed();
  const held = await ledger.hold(entry, { because: 'retry-budget', until: NOW, paidFrom: NOW });
  expect(held).toMatchObject({ held: 'retry-budget', paidFrom: AT });
  const begun = await ledger.beginAttempt(held, { token: 'next', until: NOW + 1_000 });
  expect(begun).toMatchObject({ attempts: 1 });
  expect(begun).not.toHaveProperty('held');
  expect(begun).not.toHaveProperty('paidFrom');
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { telemetry } from '../../../../lambdas/adapters/telemetry.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import { type ReconcilePorts, reconcile } from '../../../../lambdas/use-cases/recovery/reconciliation.ts';
import { sampleEffects } from '../../../support/memory-effects.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

it('leaves a failure open if no queue accepts its dead letter', async () => {
  const { client, ledger: table } = tables;
  const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 60_000, now: () => NOW });
  const entry = await ledger.claim(sampleEntry({ tier: 'warm', execution: 'order-1', rescues: 3 }));
  const ports: ReconcilePorts = {
    effects: sampleEffects(),
    ledger,
    publish: async () => undefined,
    send: () => Promise.reject(new Error('the queue is gone')),
    telemetry,
    wake: async () => undefined,
    startRecovery: async () => undefined,
    executionStatus: async () => 'FAILED',
    durableAttempts: () => 3,
    isRegistered: () => true,
    lastResortQueueUrl: 'http://127.0.0.1/last-resort',
    runbookUrl: 'docs/runbook.md',
  };
  await expect(reconcile(entry, ports)).rejects.toThrow('the queue is gone');
  expect(await ledger.get(failureKey(entry))).toMatchObject({ state: 'open' });
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failuresWithId } from '../../../../lambdas/adapters/ledger/correlation.ts';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import type { Failure } from '../../../../lambdas/contract/failure.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import { writeFailure } from '../../../../lambdas/domain/boundary/failure-json.ts';
import { createDeadLetter } from '../../../../lambdas/domain/ledger/dead-letter.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { ingest } from '../../../../lambdas/use-cases/recovery/ingest.ts';
import { json } from '../../../support/json.ts';
import { NOW, sampleFailure, sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
let ledger: Ledger;
let ids = 0;
beforeAll(async () => {
  tables = await startTables();
  const { client, ledger: table } = tables;
  ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 60_000, now: () => NOW });
});
afterAll(async () => tables.stop());

/** Delivers a message to the lane of a dependency. */
const deliver = (message: object, dependency: string) =>
  ingest(writeFailure(message), ledger, {
    settings: sampleSettings({ name: dependency }),
    deadLetterQueueUrl: 'http://127.0.0.1/dead-letters',
    deadlineMs: 3_600_000,
    retentionMs: 30 * 86_400_000,
  });
const report = (failure: Failure) => deliver(failure, failure.dependency);

type Owner = Pick<Failure, 'dependency' | 'tenant'>;
const owner: fc.Arbitrary<Owner> = fc.record(
  { dependency: fc.constantFrom('pay', 'payments', 'acme'), tenant: fc.constantFrom('acme', 'pay', 'payments') },
  { requiredKeys: ['dependency'] },
);
const owners = fc.uniqueArray(owner, {
  minLength: 2,
  maxLength: 6,
  selector: ({ dependency, tenant = '' }) => `${dependency} ${tenant}`,
});

/** One failure each with the same id, and an operation of its own. */
const failuresOf = (all: readonly Owner[], id: string) =>
  all.map((each, n) => {
    const operation = { method: 'PUT', path: '/orders/1', body: json({ total: n }) } as const;
    return sampleFailure({ id, ...each, operation });
  });

describe('one id that dependencies and tenants share', () => {
  it('is accepted from all of them in any order, and each keeps the operation that it reported', async () => {
    await fc.assert(
      fc.asyncProperty(owners, async (all) => {
        const failures = failuresOf(all, `order-${++ids}`);
        for (const failure of failures) expect(await report(failure)).toMatchObject({ kind: 'open' });
        for (const failure of failures) {
          const { tenant, dependency, operation } = failure;
          const stored = await ledger.get(failureKey(failure));
          expect(stored).toMatchObject({ id: failure.id, dependency, failure: { operation } });
          expect(stored?.tenant).toBe(tenant);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('still rejects another operation of the same dependency and tenant', async () => {
    const [failure = sampleFailure()] = failuresOf([{ dependency: 'pay', tenant: 'acme' }], `order-${++ids}`);
    await report(failure);
    const other = { ...failure, operation: { ...failure.operation, path: '/orders/2' } };
    expect(await report(other)).toMatchObject({ kind: 'rejected', reason: { code: 'id-reused' } });
    expect(await report(failure)).toMatchObject({ kind: 'open', entry: { id: failure.id } });
  });

  it('ends one failure by an outcome, and leaves the others open', async () => {
    const failures = failuresOf([{ dependency: 'pay' }, { dependency: 'payments' }], `order-${++ids}`);
    for (const failure of failures) await report(failure);
    const [first = sampleFailure()] = failures;
    const entry = await ledger.get(failureKey(first));
    if (entry) await ledger.settle(entry, { outcome: 'recovered' });
    const states = await Promise.all(failures.map(async (each) => (await ledger.get(failureKey(each)))?.state));
    expect(states).toEqual(['settled', 'open']);
  });

  it('reopens by a dead letter the failure of its tenant, not that of another', async () => {
    const failures = failuresOf(
      [{ dependency: 'pay' }, { dependency: 'pay', tenant: 'acme' }, { dependency: 'pay', tenant: 'bolt' }],
      `order-${++ids}`,
    );
    for (const failure of failures) {
      await report(failure);
      const entry = await ledger.get(failureKey(failure));
      if (entry) await ledger.settle(entry, { outcome: 'dead-lettered', reason: 'exhausted' });
    }
    const [, ofAcme] = await Promise.all(failures.map((each) => ledger.get(failureKey(each))));
    if (!ofAcme) throw new Error('it is not stored');
    const letter = createDeadLetter(ofAcme, { reason: 'exhausted', now: NOW, runbookUrl: 'runbook' });
    expect(await deliver(letter, 'pay')).toMatchObject({ kind: 'open', entry: { tenant: 'acme', cycle: 2 } });
    const cycles = await Promise.all(failures.map(async (each) => (await ledger.get(failureKey(each)))?.cycle));
    expect(cycles).toEqual([1, 2, 1]);
  });

  it('finds the failures of all of them by the id alone', async () => {
    const failures = failuresOf([{ dependency: 'pay' }, { dependency: 'payments', tenant: 'acme' }], `order-${++ids}`);
    for (const failure of failures) await report(failure);
    const found = await failuresWithId(`order-${ids}`, { client: tables.client, table: tables.ledger });
    expect(found.toSorted()).toEqual(failures.map(failureKey).toSorted());
  });
});

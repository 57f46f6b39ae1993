import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { auditRecords } from '../../../../lambdas/adapters/operator/audit-log.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { Desk } from '../../../../lambdas/use-cases/operator/desk.ts';
import { ADA, deskOn, deskPorts } from '../../../support/desk.ts';
import { keyOf, NOW, sampleEntry, sampleFailure } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

const BOB = 'arn:aws:sts::123456789012:assumed-role/Operators/bob';
const WHY = { why: 'the bank is back' };
let tables: Tables;
let now = NOW;
let ada: Desk;
let bob: Desk;
beforeAll(async () => {
  tables = await startTables();
  ada = deskOn({ tables, now: () => now, principal: ADA });
  bob = deskOn({ tables, now: () => now, principal: BOB });
});
afterAll(async () => tables.stop());

const ledger = () =>
  new DynamoDBLedger({ client: tables.client, table: tables.ledger, reconcileAfterMs: 1_000, now: () => now });
const ref = (id: string) => ({ id, dependency: 'payments' });
let count = 0;
async function dead(): Promise<LedgerEntry> {
  const id = `desk-${++count}`;
  const over = { state: 'settled', outcome: 'dead-lettered', reason: 'exhausted' } as const;
  return ledger().claim(sampleEntry({ id, failure: sampleFailure({ id }), ...over }));
}

describe('an action of several steps', () => {
  const begin = (desk: Desk, action: 'redrive' | 'discard') => desk('begin', { action, ...WHY });

  it('writes only under a record of its own kind, principal and time', async () => {
    const { id, cycle } = await dead();
    const { act } = await begin(ada, 'discard');
    const { act: other } = await begin(ada, 'redrive');
    const refused = { name: 'RefusedError' };
    await expect(ada('discard', { act: 'made up', failure: ref(id), cycle })).rejects.toMatchObject(refused);
    await expect(ada('discard', { act: other, failure: ref(id), cycle })).rejects.toMatchObject(refused);
    await expect(bob('discard', { act, failure: ref(id), cycle })).rejects.toMatchObject(refused);
    await expect(bob('end', { act, result: 'done' })).rejects.toMatchObject(refused);
    await expect(ada('allow-cycle', { act, failure: ref(id), cycle })).rejects.toMatchObject(refused);
    expect((await ledger().get(keyOf(id)))?.outcome).toBe('dead-lettered');

    expect(await ada('discard', { act, failure: ref(id), cycle: cycle + 1 })).toEqual({ discarded: false });
    expect(await ada('discard', { act, failure: ref(id), cycle })).toEqual({ discarded: true });
    // A repeated request finds its own write.
    expect(await ada('discard', { act, failure: ref(id), cycle })).toEqual({ discarded: true });
    await ada('end', { act, result: 'done', facts: { discarded: 1 } });
    await expect(ada('discard', { act, failure: ref(id), cycle })).rejects.toMatchObject(refused);
    await expect(ada('end', { act, result: 'failed' })).rejects.toMatchObject(refused);
    now += 1_000;
    const acts = await auditRecords({ client: tables.client, table: tables.audit }, { since: 0, limit: 10 });
    expect(acts.find((each) => each.id === act)).toMatchObject({
      end: { result: 'done', facts: { discarded: 1 } },
    });
    expect((await ledger().get(keyOf(id)))?.trail.at(-1)).toMatchObject({ step: 'settled', by: 'ada', why: WHY.why });
  });

  it('ends after a week at the latest', async () => {
    const { id, cycle } = await dead();
    const { act } = await begin(ada, 'discard');
    const before = now;
    now += 8 * 86_400_000;
    await expect(ada('discard', { act, failure: ref(id), cycle })).rejects.toMatchObject({ name: 'RefusedError' });
    now = before;
  });

  it('redrives under a lease that carries the signature', async () => {
    const lease = { lane: 'payments', run: 'run-1' };
    expect(await ada('claim-run', { ...lease, name: 'night shift' })).toEqual({ by: 'ada as night shift' });
    await expect(bob('claim-run', { lane: 'payments', run: 'run-2' })).rejects.toMatchObject({
      name: 'RedriveUnderWayError',
      message: expect.stringContaining('by ada as night shift'),
    });
    const { act } = await begin(ada, 'redrive');
    const plan = { filter: { ids: ['a'] }, rate: 5, startedAt: now, moved: 0 };
    await expect(bob('begin-run', { ...lease, act, ...plan })).rejects.toMatchObject({ name: 'RefusedError' });
    const { run } = await ada('begin-run', { ...lease, act, ...plan });
    expect(run).toMatchObject({ by: 'ada', why: WHY.why, filter: { ids: ['a'] } });
    expect(await ada('renew-run', { ...lease, moved: 2 })).toEqual({ renewed: true });
    await ada('end-run', { ...lease, state: 'done', moved: 2 });
    expect(await ada('renew-run', lease)).toEqual({ renewed: false });
    const { id, cycle } = await dead();
    expect(await ada('allow-cycle', { act, failure: ref(id), cycle })).toEqual({ cyclesAllowed: cycle + 1 });
  });

  it('begins no redrive in the future, whatever the clock of a laptop says: it would move what has just died again', async () => {
    const lease = { lane: 'payments', run: 'run-of-a-fast-clock' };
    await ada('claim-run', lease);
    const { act } = await begin(ada, 'redrive');
    const plan = { filter: {}, rate: 5, moved: 0 };
    expect((await ada('begin-run', { ...lease, act, ...plan, startedAt: now + 600_000 })).run.startedAt).toBe(now + 1);
    expect((await ada('begin-run', { ...lease, act, ...plan, startedAt: now - 600_000 })).run.startedAt).toBe(
      now - 600_000,
    );
    await ada('end-run', { ...lease, state: 'done', moved: 0 });
  });

  const lease = { lane: 'orders', run: 'run-of-ada' };
  const plan = { filter: { ids: ['a'] }, rate: 5, moved: 0 };
  const underWay = expect.objectContaining({ name: 'RedriveUnderWayError' });

  it.each<[string, (desk: Desk) => Promise<unknown>, unknown]>([
    ['renews', (desk) => desk('renew-run', { ...lease, moved: 9 }), { renewed: false }],
    ['releases', (desk) => desk('release-run', lease), {}],
    ['ends', (desk) => desk('end-run', { ...lease, state: 'failed', moved: 9 }), {}],
    ['claims', (desk) => desk('claim-run', lease).catch((error: unknown) => error), underWay],
    [
      'uses',
      async (desk) => {
        const { act } = await begin(desk, 'redrive');
        return desk('begin-run', { ...lease, act, ...plan, startedAt: now }).catch((error: unknown) => error);
      },
      underWay,
    ],
  ])('%s no lease of another operator, whose run somebody knows', async (_, attack, answer) => {
    await ada('claim-run', lease);
    const { act } = await begin(ada, 'redrive');
    const { run } = await ada('begin-run', { ...lease, act, ...plan, startedAt: now });
    expect(await attack(bob)).toEqual(answer);
    const runs = deskPorts({ tables, now: () => now }).runs;
    expect(await runs.get('orders')).toEqual(run);
    expect(await ada('renew-run', { ...lease, moved: 0 })).toEqual({ renewed: true });
    await ada('end-run', { ...lease, state: 'done', moved: 0 });
    expect(await runs.get('orders')).toMatchObject({ by: 'ada', state: 'done', moved: 0 });
  });
});

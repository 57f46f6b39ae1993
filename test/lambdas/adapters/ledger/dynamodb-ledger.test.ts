import { randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { ANNOUNCEMENT, announcing } from '../../../../lambdas/adapters/operator/announcement.ts';
import { asFailureKey, failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../../../lambdas/contract/time.ts';
import { PENDING_SHARDS } from '../../../../lambdas/domain/ledger/pending-shard.ts';
import { ADA } from '../../../support/desk.ts';
import { NOW, sampleEntry, sampleFailure } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

let now = NOW;
const open = () =>
  new DynamoDBLedger({ client: tables.client, table: 'ledger', reconcileAfterMs: 60_000, now: () => now });
const fresh = (change: Partial<LedgerEntry> = {}) => open().claim(sampleEntry({ id: randomUUID(), ...change }));
const begin = (entry: LedgerEntry, token: string, forMs = 1_000) =>
  open().beginAttempt(entry, { token, until: now + forMs });
const OUTBOX = { eventId: 'e', detailType: 'Operation Recovered', detail: '{}' };

async function overdue(): Promise<string[]> {
  const shards = await Promise.all(PENDING_SHARDS.map((shard) => open().due(shard, 100)));
  return shards.flat();
}

describe('the ledger', () => {
  it('keeps the first of two claims of one id', async () => {
    const first = await fresh({ correlationId: 'first' });
    const second = await open().claim({ ...first, correlationId: 'second' });
    expect(second.correlationId).toBe('first');
  });

  it('gives back the operation as it came, however deep', async () => {
    const body = `{"a":1.000000000000000001,"a":${'['.repeat(1_000)}1e21${']'.repeat(1_000)}}`;
    const operation = { method: 'PUT', path: '/', body } as const;
    const failure = { ...sampleEntry().failure, operation } as LedgerEntry['failure'] & object;
    const entry = await fresh({ failure });
    expect((await open().get(failureKey(entry)))?.failure).toEqual(failure);
  });

  it('hides an operation that may claim its body from a Backstop that ignores claims, until its end', async () => {
    const bodyClaim = { key: 'bodies/payments/-/0123456789abcdef', sha256: '0a'.repeat(32), bytes: 70_000 };
    const operation = { method: 'PUT', path: '/', bodyClaim } as const;
    const failure = sampleFailure({ version: 2, operation });
    const entry = await fresh({ failure });
    const key = failureKey(entry);
    const item = async () => {
      const request = new GetItemCommand({ TableName: 'ledger', Key: { id: { S: key } } });
      return (await tables.client.send(request)).Item ?? {};
    };
    expect((await open().get(key))?.failure).toEqual(failure);
    expect(await item()).not.toHaveProperty('failure');
    await open().settle(entry, { outcome: 'recovered', outbox: OUTBOX });
    expect(JSON.stringify(await item())).not.toContain('bodies/payments');
  });

  it('lets one of many begin an attempt', async () => {
    const entry = await fresh();
    const begun = await Promise.all(Array.from({ length: 10 }, (_, n) => begin(entry, `token-${n}`)));
    expect(begun.filter(Boolean)).toHaveLength(1);
    expect((await open().get(failureKey(entry)))?.attempts).toBe(1);
  });

  it('lets nobody begin while a call is under way, and somebody when it must have ended', async () => {
    const first = await begin(await fresh(), 'first');
    if (!first) throw new Error('the first attempt did not begin');
    expect(await begin(first, 'second')).toBeUndefined();
    now += 1_001;
    const second = await begin(first, 'second');
    expect(second).toMatchObject({ attempts: 2, inFlight: { token: 'second' } });
    expect(second?.trail.at(-1)?.step).toBe('attempt-interrupted');
  });

  it('does not let a late answer of a superseded call count', async () => {
    const first = await begin(await fresh(), 'first');
    if (!first) throw new Error('the first attempt did not begin');
    now += 1_001;
    await begin(first, 'second');
    const step = { at: '', step: 'attempt-failed' } as const;
    expect(await open().recordFailedAttempt(first, { verdict: first.verdict, step })).toBeUndefined();
    expect((await open().get(failureKey(first)))?.inFlight?.token).toBe('second');
  });

  it('does not count an attempt that was taken back', async () => {
    const begun = await begin(await fresh(), 'mine');
    if (!begun) throw new Error('the attempt did not begin');
    expect(await open().withdrawAttempt(begun)).toMatchObject({ attempts: 0 });
  });

  it('tells of no more probes than an item has room for, and still of each attempt', async () => {
    const told = Array.from({ length: 100 }, () => ({ at: '', step: 'attempt-failed' }) as const);
    const step = { at: '', step: 'attempt-failed' } as const;
    const failOnce = async (entry: LedgerEntry, isProbe: boolean) => {
      const begun = await begin(entry, randomUUID());
      return begun && (await open().recordFailedAttempt(begun, { verdict: entry.verdict, isProbe, step }));
    };
    const probed = await failOnce(await fresh({ trail: told }), true);
    expect(probed?.trail).toHaveLength(100);
    expect(probed && (await failOnce(probed, false))?.trail).toHaveLength(101);
  });

  it('lets one outcome stand', async () => {
    const entry = await fresh();
    const outcomes = ['recovered', 'dead-lettered', 'ignored', 'recovered'] as const;
    const settled = await Promise.all(outcomes.map((outcome) => open().settle(entry, { outcome, outbox: OUTBOX })));
    expect(new Set(settled.map(({ outcome }) => outcome)).size).toBe(1);
    const { trail = [] } = (await open().get(failureKey(entry))) ?? {};
    expect(trail.filter(({ step }) => step === 'settled')).toHaveLength(1);
  });

  it.each([
    ['recovered', false],
    ['ignored', false],
    ['dead-lettered', true],
  ] as const)('after %s keeps the operation: %s', async (outcome, keeps) => {
    const entry = await open().settle(await fresh(), { outcome });
    expect(entry.failure !== undefined).toBe(keeps);
  });

  it('opens a dead letter once, for the next cycle', async () => {
    const dead = await open().settle(await fresh(), { outcome: 'dead-lettered', reason: 'exhausted' });
    const reopening = { verdict: dead.verdict, attemptLimit: 3, deadline: now + 1_000, deadLetterQueueUrl: 'url' };
    const reopened = await Promise.all([open().reopen(dead, reopening), open().reopen(dead, reopening)]);
    for (const entry of reopened) expect(entry).toMatchObject({ cycle: 2, state: 'open', attempts: 0 });
    const { trail = [] } = (await open().get(failureKey(dead))) ?? {};
    expect(trail.filter(({ step }) => step === 'redriven')).toHaveLength(1);
  });

  it.each([
    ['goes on', {}, true],
    ['has failed', { hasFailed: true }, undefined],
  ])('knows in the next cycle of a possible effect where an execution %s', async (_, known, possibleEffect) => {
    const dead = await open().settle(await fresh({ awaited: { execution: 'x', redrives: 1, ...known } }), {
      outcome: 'dead-lettered',
    });
    const reopening = { verdict: dead.verdict, attemptLimit: 3, deadline: now + 1_000, deadLetterQueueUrl: 'url' };
    const reopened = await open().reopen(dead, reopening);
    expect(reopened.possibleEffect).toBe(possibleEffect);
    expect(reopened.awaited).toMatchObject({ execution: 'x', hasFailed: true });
  });

  it('does not open a dead letter of which nobody has been told yet', async () => {
    const dead = await open().settle(await fresh(), { outcome: 'dead-lettered', outbox: OUTBOX });
    const entry = await open().reopen(dead, {
      verdict: dead.verdict,
      attemptLimit: 3,
      deadline: now + 1_000,
      deadLetterQueueUrl: 'url',
    });
    expect(entry).toMatchObject({ cycle: 1, state: 'settled' });
  });

  it('shows what is overdue until it is finished and told', async () => {
    const entry = await fresh();
    expect(await overdue()).not.toContain(failureKey(entry));
    now += 60_001;
    expect(await overdue()).toContain(failureKey(entry));
    await open().settle(entry, { outcome: 'recovered', outbox: OUTBOX });
    now += 60_001;
    expect(await overdue()).toContain(failureKey(entry));
    await open().clearOutbox(failureKey(entry), OUTBOX.eventId);
    expect(await overdue()).not.toContain(failureKey(entry));
    expect((await open().get(failureKey(entry)))?.outbox).toBeUndefined();
  });

  it('forgets nothing earlier because it was put off, such as what an operator has done', async () => {
    const { client, ledger: table } = tables;
    const record = { id: 'r', action: 'edit', principal: ADA, by: 'ada', why: 'test', at: iso(now) } as const;
    await announcing({ client, table })(record);
    const id = asFailureKey(`${ANNOUNCEMENT}${record.id}`);
    const before = await open().get(id);
    await open().postpone(before ?? sampleEntry(), id);
    const after = await open().get(id);
    expect(after?.expiresAt).toBe(before?.expiresAt);
    expect(after?.dueAt).not.toBe(before?.dueAt);
  });

  it('does not take an outcome for told when another event was published', async () => {
    const entry = await open().settle(await fresh(), { outcome: 'recovered', outbox: OUTBOX });
    await open().clearOutbox(failureKey(entry), 'another');
    expect((await open().get(failureKey(entry)))?.outbox).toEqual(OUTBOX);
  });
});

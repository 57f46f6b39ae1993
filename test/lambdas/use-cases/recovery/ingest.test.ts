import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { type FailureKey, failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { Outcome } from '../../../../lambdas/contract/outcomes.ts';
import type { VerdictKind } from '../../../../lambdas/contract/verdict.ts';
import { writeFailure } from '../../../../lambdas/domain/boundary/failure-json.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { ingest } from '../../../../lambdas/use-cases/recovery/ingest.ts';
import { NOW, sampleEntry, sampleFailure, sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
let ledger: Ledger;
beforeAll(async () => {
  tables = await startTables();
  ledger = new DynamoDBLedger({
    client: tables.client,
    table: tables.ledger,
    reconcileAfterMs: 60_000,
    now: () => NOW,
  });
});
afterAll(async () => tables.stop());

const OUTBOX = { eventId: 'e', detailType: 'Operation Dead-Lettered', detail: '{}' };
const verdict = (kind: VerdictKind) => ({ ...sampleEntry().verdict, kind });

const take = (message: object, by = ledger) =>
  ingest(writeFailure(message), by, {
    settings: sampleSettings(),
    deadLetterQueueUrl: 'http://127.0.0.1/dead-letters',
    deadlineMs: 3_600_000,
    retentionMs: 30 * 86_400_000,
  });

async function deadLettered(change: Partial<LedgerEntry> = {}, outbox?: typeof OUTBOX) {
  const entry = await ledger.claim(sampleEntry({ id: randomUUID(), ...change }));
  return ledger.settle(entry, { outcome: 'dead-lettered', reason: 'exhausted', outbox });
}

const deadLetterOf = ({ id }: LedgerEntry, cycle = 1) => ({ kind: 'backstop-dead-letter', version: 1, id, cycle });

describe('a dead letter that comes back', () => {
  it('opens its failure for another cycle', async () => {
    const dead = await deadLettered({ attempts: 6 });
    expect(await take(deadLetterOf(dead))).toMatchObject({
      kind: 'open',
      entry: { cycle: 2, attempts: 0, attemptLimit: 3, verdict: { kind: 'transient', rule: 'redriven' } },
    });
  });

  it('is a duplicate where a later cycle has begun or ended', async () => {
    const dead = await deadLettered();
    await take(deadLetterOf(dead));
    const reopened = (await ledger.get(failureKey(dead))) ?? dead;
    await ledger.settle(reopened, { outcome: 'dead-lettered', reason: 'exhausted' });
    expect(await take(deadLetterOf(dead))).toMatchObject({ kind: 'duplicate', entry: { cycle: 2, state: 'settled' } });
    expect(await take(deadLetterOf(dead, 2))).toMatchObject({ kind: 'open', entry: { cycle: 3 } });
    expect(await take(deadLetterOf(dead))).toMatchObject({ kind: 'duplicate', entry: { cycle: 3, state: 'open' } });
  });

  it('comes back where an operator has changed it since it was read, and the trail tells of both', async () => {
    const dead = await deadLettered();
    const racing = Object.assign(
      new DynamoDBLedger({ client: tables.client, table: tables.ledger, reconcileAfterMs: 60_000, now: () => NOW }),
      {
        get: async (key: FailureKey) => {
          const read = await ledger.get(key);
          await ledger.allowCycle(dead, { by: 'ada', why: 'the data is mended' });
          return read;
        },
      },
    );
    await expect(take(deadLetterOf(dead), racing)).rejects.toMatchObject({ name: 'BusyError' });
    expect(await take(deadLetterOf(dead))).toMatchObject({ kind: 'open', entry: { cycle: 2 } });
    const { trail = [] } = (await ledger.get(failureKey(dead))) ?? {};
    expect(trail.map(({ step }) => step).slice(-2)).toEqual(['cycle-allowed', 'redriven']);
  });

  it('is processed again if the worker crashed after it opened the failure', async () => {
    const dead = await deadLettered();
    await take(deadLetterOf(dead));
    expect(await take(deadLetterOf(dead))).toMatchObject({ kind: 'open', entry: { cycle: 2 } });
  });

  it('comes back later where nobody has been told of the outcome yet', async () => {
    const dead = await deadLettered({}, OUTBOX);
    await expect(take(deadLetterOf(dead))).rejects.toThrow('outbox');
    await ledger.clearOutbox(failureKey(dead), OUTBOX.eventId);
    expect(await take(deadLetterOf(dead))).toMatchObject({ kind: 'open' });
  });

  it('does not repeat a conflict with a version that is no more', async () => {
    const operation = { method: 'PUT', path: '/orders/1', ifMatch: '"1"' } as const;
    const dead = await deadLettered({ verdict: verdict('conflict'), failure: sampleFailure({ operation }) });
    expect(await take(deadLetterOf(dead))).toMatchObject({ entry: { cycle: 2, verdict: { kind: 'conflict' } } });
  });

  it.each<VerdictKind>(['conflict', 'permanent'])('assumes another fix for a failure that was %s', async (kind) => {
    const dead = await deadLettered({ verdict: verdict(kind) });
    expect(await take(deadLetterOf(dead))).toMatchObject({
      entry: { verdict: { kind: 'transient', rule: 'redriven' } },
    });
  });

  it('is rejected where the ledger has never heard of it', async () => {
    expect(await take(deadLetterOf(sampleEntry({ id: randomUUID() })))).toMatchObject({
      kind: 'rejected',
      reason: { code: 'unknown-failure' },
    });
  });
});

describe('a failure that comes in', () => {
  it('is new once, and a duplicate when it has ended', async () => {
    const failure = sampleFailure({ id: randomUUID() });
    expect(await take(failure)).toMatchObject({ kind: 'open', entry: { cycle: 1 } });
    const open = await take(failure);
    expect(open.kind).toBe('open');
    if (open.kind === 'open') await ledger.settle(open.entry, { outcome: 'recovered' });
    expect(await take(failure)).toMatchObject({ kind: 'duplicate' });
  });

  /** Takes an event with the id of a failure that has ended. Undefined: a copy of its event. */
  async function takeAgain(outcome: Outcome, afterMs: number | undefined) {
    const failure = sampleFailure({ id: randomUUID() });
    const open = await take(failure);
    if (open.kind !== 'open') throw new Error('it must be open');
    await ledger.settle(open.entry, { outcome });
    const occurredAt = afterMs === undefined ? failure.occurredAt : new Date(NOW + afterMs).toISOString();
    return take({ ...failure, occurredAt });
  }

  const HOUR_MS = 3_600_000;
  it.each([
    ['is a duplicate, where it failed before the outcome', 'dead-lettered', -1, 'duplicate'],
    ['is not taken, where it failed after it was compensated', 'compensated', 1, 'rejected'],
    ['is not taken, where it failed after it was discarded', 'discarded', 1, 'rejected'],
    ['is a duplicate, where its caller repeats it after the recovery', 'recovered', 12 * HOUR_MS, 'duplicate'],
    ['is not taken, where it failed a day after the recovery', 'recovered', 24 * HOUR_MS, 'rejected'],
    ['is not taken, where it failed a day after a fallback answered', 'degraded', 24 * HOUR_MS, 'rejected'],
  ] as const)('%s', async (_, outcome, afterMs, kind) => {
    expect(await takeAgain(outcome, afterMs)).toMatchObject({ kind });
  });

  it('is a duplicate, where it is the event of a dead letter', async () => {
    expect(await takeAgain('dead-lettered', undefined)).toMatchObject({ kind: 'duplicate' });
  });

  it('is not taken, where it failed after it became a dead letter', async () => {
    const message =
      'the failure of this id has already ended as dead-lettered: redrive its dead letter (backstop dlq show), or report another operation under another id';
    expect(await takeAgain('dead-lettered', 1)).toEqual({
      kind: 'rejected',
      reason: { code: 'id-settled', message, path: 'id' },
    });
  });

  it('is rejected where its id belongs to another operation', async () => {
    const failure = sampleFailure({ id: randomUUID() });
    await take(failure);
    const other = { ...failure, operation: { ...failure.operation, path: '/orders/2' } };
    expect(await take(other)).toMatchObject({ kind: 'rejected', reason: { code: 'id-reused' } });
  });
});

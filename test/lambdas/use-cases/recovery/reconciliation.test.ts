import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { publish } from '../../../../lambdas/adapters/ledger/outbox.ts';
import { telemetry } from '../../../../lambdas/adapters/telemetry.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { type ReconcilePorts, reconcile } from '../../../../lambdas/use-cases/recovery/reconciliation.ts';
import { sampleEffects } from '../../../support/memory-effects.ts';
import { findOverdue } from '../../../support/overdue.ts';
import { NOW, sampleEntry, sampleUndo } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

let now = NOW;
let ids = 0;

async function scene(change: Partial<LedgerEntry>, status?: string) {
  const ledger = new DynamoDBLedger({
    client: tables.client,
    table: 'ledger',
    reconcileAfterMs: 60_000,
    now: () => now,
  });
  const entry = await ledger.claim(sampleEntry({ id: `order-${++ids}`, ...change }));
  const started: (string | undefined)[] = [];
  const sent: unknown[] = [];
  const events = {
    send: async ({ input }: { readonly input: unknown }) => {
      sent.push(input);
      return { Entries: [{ EventId: '1' }] };
    },
  };
  const ports: ReconcilePorts = {
    effects: sampleEffects(),
    ledger,
    publish: publishTo(events, ledger),
    send: async (QueueUrl, MessageBody) => void sent.push({ QueueUrl, MessageBody }),
    telemetry,
    wake: async () => undefined,
    startRecovery: async ({ execution }) => void started.push(execution),
    executionStatus: async () => status,
    durableAttempts: () => 3,
    isRegistered: () => true,
    lastResortQueueUrl: 'last-resort',
    runbookUrl: 'runbook',
  };
  return { entry, ledger, ports, started, sent, current: async () => (await ledger.get(failureKey(entry))) ?? entry };
}

function publishTo(events: object, ledger: Ledger): ReconcilePorts['publish'] {
  return (id, outbox) => publish(id, outbox, { events: events as EventBridgeClient, busName: 'bus', ledger });
}

const warm = (id: string, change: Partial<LedgerEntry> = {}): Partial<LedgerEntry> => ({
  tier: 'warm',
  execution: id,
  attemptLimit: 6,
  ...change,
});

describe('the reconciler', () => {
  it('escalates a failure that the lane never finished', async () => {
    const { entry, ports, started, current } = await scene({ attempts: 1 });
    expect(await reconcile(await current(), ports)).toBe('handed-over');
    expect(started).toEqual([`${entry.id}@payments`]);
    expect(await current()).toMatchObject({ tier: 'warm', attemptLimit: 4 });
  });

  it('starts an execution that never began', async () => {
    const { ports, started, current } = await scene(warm('execution-1'));
    expect(await reconcile(await current(), ports)).toBe('restarted');
    expect(started).toEqual(['execution-1']);
  });

  it('leaves a running execution alone, and looks again later', async () => {
    const { entry, ports, started, current } = await scene(warm('execution-1'), 'RUNNING');
    now += 60_001;
    expect(await findOverdue(ports.ledger)).toContain(failureKey(entry));
    expect(await reconcile(await current(), ports)).toBe('still-running');
    expect(started).toEqual([]);
    expect(await findOverdue(ports.ledger)).not.toContain(failureKey(entry));
    expect((await current()).rescues).toBe(0);
  });

  it.each(['FAILED', 'TIMED_OUT', 'ABORTED', 'SUCCEEDED'])(
    'starts another execution when one is %s and left the failure open',
    async (status) => {
      const { entry, ports, started, current } = await scene(warm('execution-1'), status);
      expect(await reconcile(await current(), ports)).toBe('rescued');
      expect(started).toEqual([`${entry.id}@payments+r1`]);
      expect(await current()).toMatchObject({ rescues: 1, execution: `${entry.id}@payments+r1` });
    },
  );

  it('dead-letters from outside the machine what three rescues could not end', async () => {
    const { entry, ports, started, sent, current } = await scene(warm('execution-1', { rescues: 3 }), 'FAILED');
    expect(await reconcile(await current(), ports)).toBe('given-up');
    expect(started).toEqual([]);
    expect(sent).toMatchObject([{ QueueUrl: entry.deadLetterQueueUrl }]);
    expect(await current()).toMatchObject({ state: 'settled', outcome: 'dead-lettered', reason: 'handler-failed' });
  });

  it('writes a dead letter for an undo that no execution could end, with the state of every step', async () => {
    const undoing = warm('execution-1', { rescues: 3, undo: sampleUndo({ reason: 'conflict' }) });
    const { ports, sent, current } = await scene(undoing, 'FAILED');
    expect(await reconcile(await current(), ports)).toBe('given-up');
    const [{ MessageBody = '' }] = sent as [{ MessageBody?: string }];
    expect(JSON.parse(MessageBody)).toMatchObject({
      reason: 'conflict',
      priority: 'P1',
      compensation: 'incomplete',
      undo: [
        { name: 'reserve', state: 'open' },
        { name: 'pack', state: 'done' },
      ],
    });
  });

  it('records that all is undone where only the machine could not', async () => {
    const steps = [
      { name: 'reserve', dependency: 'stock', state: 'done', attempts: 1 },
      { name: 'charge', dependency: 'payments', state: 'skipped', attempts: 0 },
    ] as const;
    const verdict = { ...sampleEntry().verdict, effect: 'none' } as const;
    const undone = warm('execution-1', { rescues: 3, verdict, undo: sampleUndo({ reason: 'exhausted', steps }) });
    const { ports, sent, current } = await scene(undone, 'FAILED');
    expect(await reconcile(await current(), ports)).toBe('given-up');
    expect(sent).toEqual([]);
    expect(await current()).toMatchObject({ outcome: 'compensated', reason: 'exhausted' });
  });

  it('discards what a human has abandoned, and three rescues could not end', async () => {
    const verdict = { ...sampleEntry().verdict, kind: 'conflict' as const };
    const at = new Date(NOW).toISOString();
    const answer = { choice: 'abandon', by: 'ops', why: 'so', at } as const;
    const question = {
      id: '1.1',
      because: 'asked-for',
      state: 'd',
      shown: '{}',
      askedAt: at,
      until: at,
      answer,
    } as const;
    const conflict = { rounds: 0, refused: [] };
    const change = warm('execution-1', { rescues: 3, verdict, conflict, question });
    const { ports, sent, current } = await scene(change, 'FAILED');
    expect(await reconcile(await current(), ports)).toBe('given-up');
    expect(sent).toEqual([]);
    expect(await current()).toMatchObject({ outcome: 'discarded', reason: 'abandoned' });
  });

  it('writes the dead letter to the last resort if the lane no longer exists', async () => {
    const { ports, sent, current } = await scene(warm('execution-1', { rescues: 3 }), 'FAILED');
    const send = async (QueueUrl: string) => {
      if (QueueUrl !== 'last-resort') throw new Error('there is no such queue');
      sent.push({ QueueUrl });
    };
    expect(await reconcile(await current(), { ...ports, send })).toBe('given-up');
    expect(sent).toMatchObject([{ QueueUrl: 'last-resort' }]);
    expect(await current()).toMatchObject({ outcome: 'dead-lettered' });
  });

  it('publishes what the stream has lost', async () => {
    const { entry, ports, sent, current } = await scene({});
    const outbox = { eventId: `${entry.id}.1.recovered`, detailType: 'Operation Recovered', detail: '{"version":1}' };
    await ports.ledger.settle(entry, { outcome: 'recovered', outbox });
    expect(await reconcile(await current(), ports)).toBe('published');
    expect(sent).toMatchObject([{ Entries: [{ EventBusName: 'bus', Source: 'backstop', Detail: outbox.detail }] }]);
    expect((await current()).outbox).toBeUndefined();
    expect(await reconcile(await current(), ports)).toBe('none');
  });

  it('keeps the event when the bus refuses it', async () => {
    const { entry, ledger, ports, current } = await scene({});
    const outbox = { eventId: 'e', detailType: 'Operation Recovered', detail: '{}' };
    await ports.ledger.settle(entry, { outcome: 'recovered', outbox });
    const events = { send: async () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalException' }] }) };
    const refusing = { ...ports, publish: publishTo(events, ledger) };
    await expect(reconcile(await current(), refusing)).rejects.toThrow('InternalException');
    expect((await current()).outbox).toEqual(outbox);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBCircuitStore } from '../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { toItem } from '../../lambdas/adapters/ledger/ledger-item.ts';
import { deadLetterQueue, targetQueue } from '../../lambdas/adapters/redrive/dead-letter-queue.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { createDeadLetter } from '../../lambdas/domain/ledger/dead-letter.ts';
import { fingerprint } from '../../lambdas/domain/ledger/fingerprint.ts';
import { circuitGate } from '../../lambdas/use-cases/redrive/circuit-gate.ts';
import { redrive } from '../../lambdas/use-cases/redrive/redrive.ts';
import type { Progress } from '../../lambdas/use-cases/redrive/redrive-request.ts';
import { laneOf } from '../../tools/demo/lanes.ts';
import { json } from '../support/json.ts';
import { sampleEntry, sampleFailure } from '../support/samples.ts';
import { interruptibleToolIn, toolIn } from './tool.ts';
import { failure, startWorld, type World } from './world.ts';

// The tests run concurrently, each with its own lane.
const circuit = {
  window: Duration.seconds(2),
  minimumCalls: 5,
  confidence: 0,
  probes: 1,
  openFor: Duration.seconds(1),
  probeAgainAfter: Duration.seconds(1),
};

let world: World;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backstop-redrive-'));
  const retry = { hotAttempts: 1, durableAttempts: 20 };
  const common = { circuit, retry, timeout: Duration.seconds(5), retryBudget: { share: 1, perSecond: 1_000 } };
  world = await startWorld(
    {
      bulk: { ...common, maxConcurrency: 4 },
      slow: { ...common, maxConcurrency: 2 },
      auto: { ...common, maxConcurrency: 2, redrive: { automatic: true, rate: 100 } },
    },
    { batchSize: 10, separateOperations: true },
  );
});
afterAll(async () => {
  await world?.stop();
  await rm(folder, { recursive: true });
});

const lane = (dependency: string) => laneOf(world.cloud, dependency);

/** Writes settled failures into the ledger, and their dead letters into the queue. */
async function giveUp(dependency: string, ids: readonly string[], reason: 'exhausted' | 'permanent' = 'exhausted') {
  const entries = ids.map((id) => {
    const occurredAt = new Date().toISOString();
    const operation = { method: 'PUT', path: `/gated/${dependency}/${id}`, body: json({ total: 5 }) } as const;
    const its = sampleFailure({ id, dependency, correlationId: id, occurredAt, operation });
    const facts = { id, dependency, correlationId: id, occurredAt, failure: its, fingerprint: fingerprint(its) };
    const deadLetterQueueUrl: string = lane(dependency).deadLetterQueueUrl;
    const expiresAt = Math.ceil(Date.now() / 1_000) + 86_400;
    const over = { state: 'settled', outcome: 'dead-lettered', reason, settledAt: occurredAt, expiresAt } as const;
    return sampleEntry({ ...facts, ...over, deadLetterQueueUrl });
  });
  for (let from = 0; from < entries.length; from += 25) {
    const puts = entries.slice(from, from + 25).map((entry) => ({ PutRequest: { Item: toItem(entry) } }));
    await world.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [world.output('LedgerTableName')]: puts } }));
  }
  for (let from = 0; from < entries.length; from += 10) await sendLetters(entries.slice(from, from + 10), reason);
}

async function sendLetters(entries: readonly LedgerEntry[], reason: 'exhausted' | 'permanent'): Promise<void> {
  const Entries = entries.map((entry, n) => {
    const deadLetter = createDeadLetter(entry, { reason, now: Date.now(), runbookUrl: 'runbook' });
    return { Id: String(n), MessageBody: JSON.stringify(deadLetter) };
  });
  const QueueUrl = entries[0]?.deadLetterQueueUrl;
  await world.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
}

const ids = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);
const effectsOf = (dependency: string) =>
  world.dependency.effects.filter(({ path }) => path.startsWith(`/gated/${dependency}/`));

describe.concurrent('a redrive', () => {
  it('of eighty dead letters stops while the dependency is down, resumes, and ends each failure once', async () => {
    const all = ids('bulk', 80);
    await giveUp('bulk', all);
    world.dependency.open('bulk');
    const told: (Progress & { readonly at: number })[] = [];
    const store = new DynamoDBCircuitStore({ client: world.dynamodb, table: world.output('CircuitsTableName') });
    const { queueUrl, deadLetterQueueUrl } = lane('bulk');
    const outage = (async () => {
      const isHalfway = (each: Progress) => each.kind === 'moved' && each.moved >= 30;
      await world.clock.until(() => expect(told.some(isHalfway)).toBe(true));
      world.dependency.close('bulk');
      await world.clock.until(() => expect(told.some(({ kind }) => kind === 'held')).toBe(true));
      await world.clock.sleep(1_000);
      world.dependency.open('bulk');
    })();

    const redriving = redrive(
      { filter: { dependency: 'bulk' }, startedAt: Date.now() + 1, rate: 25, doublesEveryMs: 100, whenHeld: 'wait' },
      {
        source: deadLetterQueue({ sqs: world.sqs, queueUrl: deadLetterQueueUrl }),
        target: targetQueue(world.sqs, queueUrl),
        gate: circuitGate(store, Date.now),
        dependency: 'bulk',
        renew: async () => true,
        now: Date.now,
        sleep: async (ms: number) => void (await wait(ms)),
        signal: new AbortController().signal,
        onProgress: (progress) => void told.push({ ...progress, at: Date.now() }),
      },
    );
    const [redriven] = await world.clock.run(Promise.all([redriving, outage]));

    expect(redriven).toMatchObject({ end: 'done', moved: 80 });
    const before = told.findIndex(({ kind }) => kind === 'held');
    expect(told.slice(before).some(({ kind }) => kind === 'moved')).toBe(true);
    await Promise.all(all.map((id) => world.settled(id, 2)));
    const paths = effectsOf('bulk').map(({ path }) => path);
    expect(new Set(paths).size).toBe(80);
    expect(paths).toHaveLength(80);
    const entries = await Promise.all(all.map((id) => world.entry(id)));
    expect(entries.filter((entry) => entry?.outcome === 'recovered' && entry.cycle === 2)).toHaveLength(80);
  });

  it('that is interrupted returns its messages to the queue, and can resume', async () => {
    const all = ids('slow', 12);
    await giveUp('slow', all);
    world.dependency.open('slow');

    const interruption = new AbortController();
    const why = ['--yes', '--rate', '4', '--why', 'they are back', '--by', 'ada'];
    const first = interruptibleToolIn(world, interruption.signal, 'dlq', 'redrive', 'slow', ...why);
    await world.clock.until(() => expect(effectsOf('slow').length).toBeGreaterThan(1));
    interruption.abort();
    const interrupted = await first;
    expect(interrupted).toMatchObject({ code: 130, err: expect.stringContaining('dlq redrive slow --resume') });

    const counted = await toolIn(world, 'dlq', 'ls', 'slow', '--json');
    const moved = Number(/(\d+) of 12 dead letters/.exec(interrupted.err)?.[1]);
    expect(JSON.parse(counted.out).total).toBe(12 - moved);
    const resumed = await toolIn(world, 'dlq', 'redrive', 'slow', '--resume', '--yes', '--rate', '100', '--json');
    expect(JSON.parse(resumed.out)).toMatchObject({ end: 'done', moved: 12 });
    await Promise.all(all.map((id) => world.settled(id, 2)));
    expect(effectsOf('slow')).toHaveLength(12);
  });

  it('of a corrected dead letter recovers the failure, and a discard ends another', async () => {
    // An operation in an item of its own.
    const large = { method: 'PUT', path: '/status/422', body: { text: 'x'.repeat(20_000) } };
    const [wrong, useless] = [failure('/status/422', { operation: large }), failure('/status/422')];
    await world.send(wrong, useless);
    await Promise.all([wrong, useless].map(({ id }) => world.settled(id)));
    const listed = await toolIn(world, 'dlq', 'ls', 'orders', '--rule', 'http-bad-request');
    expect(listed.out).toMatch(new RegExp(`${wrong.id} +orders +permanent +http-bad-request `));
    const shown = await toolIn(world, 'dlq', 'show', wrong.id);
    expect(shown.out).toMatch(new RegExp(`^${wrong.id} {2}in the dead-letter queue of orders, for .*: permanent\n`));
    expect(shown.out).toContain(`next: backstop dlq edit ${wrong.id} --patch FILE`);

    const patch = join(folder, 'patch.json');
    await writeFile(patch, JSON.stringify({ path: '/ok' }));
    const why = ['--yes', '--why', 'the path was wrong', '--by', 'grace'];
    const edited = await toolIn(world, 'dlq', 'edit', wrong.id, '--merge', patch, ...why);
    expect(edited.out).toMatch(/\/path +"\/status\/422" +"\/ok"/);
    const counted = await toolIn(world, 'dlq', 'redrive', '--id', wrong.id, '--dry-run');
    expect(counted.out).toMatch(/^Dry run: would redrive 1 dead letter of orders to its lane \(permanent 1\)\.\n/);
    const redriven = await toolIn(world, 'dlq', 'redrive', '--id', wrong.id, ...why);
    expect(redriven).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Moved 1 dead letter of orders to its lane\.\n1 recovered\.\n/),
    });
    expect(await world.settled(wrong.id, 2)).toMatchObject({ outcome: 'recovered', edited: 1 });

    const again = await toolIn(world, 'dlq', 'redrive', '--id', useless.id, ...why);
    expect(again).toMatchObject({ code: 6, err: expect.stringMatching(/Died again: 1 of 1 dead letter\.\n$/) });
    expect(again.out).toMatch(/\n1 died again \(permanent: .+\)\.\nnext: backstop dlq show /);
    const discarded = await toolIn(world, 'dlq', 'discard', useless.id, ...why);
    expect(discarded.out).toBe(`Discarded ${useless.id}, by demo as grace. Deleted 1 dead letter.\n`);
    expect((await toolIn(world, 'trace', useless.id)).out).toContain(`${useless.id}  settled: discarded\n`);
    const acts = JSON.parse((await toolIn(world, 'audit', '--json')).out);
    const ours = acts
      .filter(({ by }: { by: string }) => by === 'demo as grace')
      .map(({ action }: { action: string }) => action);
    expect(ours).toEqual(['discard', 'redrive', 'redrive', 'edit']);
  });

  it('begins by itself when the circuit closes, with what was given up because the dependency was down', async () => {
    await giveUp('auto', ids('auto', 5));
    await giveUp('auto', ['auto-refused'], 'permanent');
    const reports = Array.from({ length: 8 }, () => failure('/gated/auto/:id', { dependency: 'auto' }));
    await world.send(...reports);
    const store = new DynamoDBCircuitStore({ client: world.dynamodb, table: world.output('CircuitsTableName') });
    const kind = async () => (await store.read('auto', Date.now())).circuit.kind;
    await world.clock.until(async () => expect(await kind()).toBe('open'));
    world.dependency.open('auto');

    const settled = await Promise.all(ids('auto', 5).map((id) => world.settled(id, 2)));
    expect(settled.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'recovered'));
    expect(await world.entry('auto-refused')).toMatchObject({ cycle: 1, outcome: 'dead-lettered' });
  });
});

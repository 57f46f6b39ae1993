import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { type App, Duration, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answerQuestion, type Decision } from '../../lambdas/shared/conflict/answer-question.ts';
import type { Question } from '../../lambdas/shared/conflict/conflict-record.ts';
import { type DecisionNotes, decisionNotes } from '../../lambdas/shared/conflict/decision-notes.ts';
import { waker } from '../../lambdas/shared/conflict/wake.ts';
import { Ledger } from '../../lambdas/shared/ledger/ledger.ts';
import type { LedgerEntry } from '../../lambdas/shared/ledger/ledger-entry.ts';
import { type MessageBox, messageBox } from './strikes.ts';
import { failure, PATIENCE, startWorld, type World } from './world.ts';

vi.setConfig({ testTimeout: 120_000, maxConcurrency: 30 });

/** Long enough for any test to answer, and short enough for the one in which nobody does. */
const decisionTimeout = Duration.seconds(12);

/** A team's own function: the larger count wins; it wants a human where ours is negative, and fails where there is none. */
const RESOLVER = `export const handler = async ({ ours, theirs }) => {
  const [mine, other] = [ours.operation.body.count, JSON.parse(theirs.body).count];
  if (mine === undefined) throw new Error('no count');
  if (mine < 0) return { resolution: 'ask' };
  return mine > other ? { resolution: 'merged', body: { ...JSON.parse(theirs.body), count: mine } } : { resolution: 'theirs' };
};`;

function addResolver(app: App, folder: string): void {
  const code = join(folder, 'resolver');
  mkdirSync(code);
  writeFileSync(join(code, 'index.mjs'), RESOLVER);
  const about = { functionName: 'resolver', runtime: Runtime.NODEJS_24_X, handler: 'index.handler' };
  new LambdaFunction(new Stack(app, 'Team'), 'Resolver', { ...about, code: Code.fromAsset(code) });
}

let world: World;
let letterOf: MessageBox;
const told: string[] = [];
beforeAll(async () => {
  world = await startWorld(
    0.1,
    {
      merged: { conflict: { strategy: 'merge', arrayKeys: { '/items': 'sku' } } },
      latest: { conflict: { strategy: 'last-writer-wins', timestamp: '/updatedAt' } },
      asked: { conflict: { strategy: 'ask', sensitive: ['/note'] } },
      advised: {
        conflict: { strategy: 'function', functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:resolver' },
        retry: { hotAttempts: 2, durableAttempts: 1 },
      },
    },
    { decisionTimeout, extend: addResolver },
  );
  letterOf = messageBox(world, ['MergedDeadLetterQueueUrl', 'AskedDeadLetterQueueUrl']);
  world.cloud.inject(({ service, body }) => {
    if (service === 'sns') told.push(body);
    return undefined;
  });
}, 60_000);
afterAll(() => world?.stop());

const documents = () => world.dependency.documents;

interface Race {
  readonly dependency: string;
  readonly kind?: string;
  readonly base?: unknown;
  readonly ours?: unknown;
  /** What somebody else has written meanwhile; undefined: it was deleted. */
  readonly theirs?: unknown;
  readonly operation?: Readonly<Record<string, unknown>>;
  readonly statusCode?: number;
}

let races = 0;

/** Two writers start from the same version; theirs was faster, and ours is reported as a conflict. */
function race({ dependency, kind = 'strong', base = {}, ours, theirs, operation, statusCode = 412 }: Race) {
  const path = `/documents/${kind}/${++races}`;
  documents().put(path, base);
  const ifMatch = documents().etag(path);
  if (theirs === undefined) documents().delete(path);
  else documents().put(path, theirs);
  const write = { method: 'PUT', path, body: ours, base, ifMatch, ...operation };
  return { path, detail: failure(path, { dependency, operation: write, error: { statusCode } }) };
}

const writesTo = (path: string) => documents().writes.filter((write) => write.path === path);

/** Waits until a question is asked about a failure, and the machine waits for the answer. */
async function questionOn(id: string, number = 1): Promise<Question> {
  return vi.waitFor(async () => {
    const question = (await world.entry(id))?.question;
    if (question?.token === undefined || !question.id.endsWith(`.${number}`)) throw new Error(`${id} asks nothing`);
    return question;
  }, PATIENCE);
}

function decide(decision: Omit<Decision, 'by' | 'why'>, wake = waker(world.sfn)): Promise<LedgerEntry> {
  const options = { client: world.dynamodb, table: world.output('LedgerTableName') };
  const notes: DecisionNotes = decisionNotes({ ...options, reconcileAfterMs: 1_000 });
  const ledger = new Ledger({ ...options, reconcileAfterMs: 1_000 });
  return answerQuestion({ ...decision, by: 'ops', why: 'they said so' }, { ledger, notes, wake });
}

describe.concurrent('a write', () => {
  it('goes out as it is where there is no conflict', async () => {
    const path = '/documents/strong/alone';
    documents().put(path, { count: 1 });
    const operation = { method: 'PUT', path, body: { count: 2 }, ifMatch: documents().etag(path) };
    const detail = failure(path, { dependency: 'merged', operation });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered', attempts: 1 });
    expect(documents().get(path)).toEqual({ count: 2 });
  });

  it.each([
    ['later', '2026-01-02T00:00:00Z', 'ours'],
    ['earlier', '2026-01-02T00:00:00Z', 'theirs'],
  ])('that is %s wins or gives way, by the times of both', async (_, newest, winner) => {
    const old = { updatedAt: '2026-01-01T00:00:00Z', from: 'old' };
    const fresh = { updatedAt: newest, from: 'new' };
    const [ours, theirs] = winner === 'ours' ? [fresh, old] : [old, fresh];
    const { path, detail } = race({ dependency: 'latest', base: { from: 'base' }, ours, theirs });
    await world.send(detail);
    const entry = await world.settled(detail.id);
    expect(entry).toMatchObject({ outcome: 'resolved', tier: 'hot', conflict: { winner } });
    expect(documents().get(path)).toEqual(fresh);
    expect(writesTo(path)).toHaveLength(winner === 'ours' ? 1 : 0);
    // What is not needed any more is not kept.
    expect(entry.failure).toBeUndefined();
  });

  it.each(['strong', 'weak'])('is merged with what somebody else has written, by the fresh %s ETag', async (kind) => {
    const base = {
      name: 'A',
      city: 'Bonn',
      items: [
        { sku: 1, n: 1 },
        { sku: 2, n: 1 },
      ],
    };
    const ours = {
      ...base,
      name: 'B',
      items: [
        { sku: 1, n: 5 },
        { sku: 2, n: 1 },
      ],
    };
    const theirs = {
      ...base,
      city: 'Ulm',
      items: [
        { sku: 1, n: 1 },
        { sku: 2, n: 7 },
      ],
    };
    const { path, detail } = race({ dependency: 'merged', kind, base, ours, theirs });
    const fresh = documents().etag(path);
    await world.send(detail);
    const entry = await world.settled(detail.id);
    expect(entry).toMatchObject({
      outcome: 'resolved',
      conflict: { end: 'resubmitted', winner: 'merged', version: fresh },
    });
    const items = [
      { sku: 1, n: 5 },
      { sku: 2, n: 7 },
    ];
    expect(documents().get(path)).toEqual({ name: 'B', city: 'Ulm', items });
    expect(writesTo(path)).toMatchObject([{ ifMatch: fresh, status: 200 }]);
    expect(entry.trail.map(({ step }) => step)).toContain('conflict-compared');
  });

  it('is merged where the dependency asks for a version that the caller did not name', async () => {
    const operation = { method: 'PATCH', ifMatch: undefined, body: { city: 'Ulm' } };
    const { path, detail } = race({
      dependency: 'merged',
      base: { n: 1 },
      theirs: { n: 2 },
      operation,
      statusCode: 428,
    });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
    expect(documents().get(path)).toEqual({ n: 2, city: 'Ulm' });
  });

  it('and another at the same time both arrive', async () => {
    const base = { a: 0, b: 0, c: 0 };
    const path = '/documents/strong/at-once';
    documents().put(path, base);
    const stale = documents().etag(path);
    documents().put(path, { ...base, c: 1 });
    const details = ['a', 'b'].map((field) => {
      const operation = { method: 'PUT', path, body: { ...base, [field]: 1 }, base, ifMatch: stale };
      return failure(path, { dependency: 'merged', operation, error: { statusCode: 412 } });
    });
    await world.send(...details);
    for (const { id } of details) expect(await world.settled(id)).toMatchObject({ outcome: 'resolved' });
    expect(documents().get(path)).toEqual({ a: 1, b: 1, c: 1 });
  });

  it('that was there already is resolved, and not made again', async () => {
    const { path, detail } = race({ dependency: 'asked', ours: { n: 2 }, theirs: { n: 2 } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved', conflict: { end: 'already-applied' } });
    expect(writesTo(path)).toEqual([]);
  });

  it('whose deletion somebody else has made is resolved', async () => {
    const { detail } = race({ dependency: 'merged', operation: { method: 'DELETE', body: undefined } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved', conflict: { end: 'already-deleted' } });
  });

  it('is given up after three rounds in which somebody else was always faster', async () => {
    const { path, detail } = race({
      dependency: 'merged',
      kind: 'busy',
      base: { a: 1 },
      ours: { a: 2 },
      theirs: { a: 1 },
    });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({
      ...{ outcome: 'dead-lettered', reason: 'conflict' },
      conflict: { rounds: 3, end: 'contended' },
    });
    expect(writesTo(path)).toHaveLength(3);
    expect(await letterOf(detail.id)).toMatchObject({ reason: 'conflict', conflict: 'contended' });
  });

  it('is not made at all where nothing would protect what is there', async () => {
    const { path, detail } = race({ dependency: 'merged', kind: 'untagged', ours: { a: 1 }, theirs: { b: 1 } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ reason: 'conflict', conflict: { end: 'etag-missing' } });
    expect(writesTo(path)).toEqual([]);
  });

  it('is left to a human where its dependency names no strategy', async () => {
    const { path, detail } = race({ dependency: 'orders', ours: { a: 1 }, theirs: { b: 1 } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({
      reason: 'conflict',
      conflict: { end: 'rejected' },
      attempts: 0,
    });
    expect(writesTo(path)).toEqual([]);
  });
});

describe.concurrent('a question', () => {
  it.each([
    ['ours', undefined, { a: 'ours' }],
    ['theirs', undefined, { a: 'theirs' }],
    ['merged', '{"a":"both"}', { a: 'both' }],
  ] as const)('is answered by %s', async (choice, body, expected) => {
    const sides = { base: { a: 'base' }, ours: { a: 'ours' }, theirs: { a: 'theirs' } };
    const { path, detail } = race({ dependency: 'merged', ...sides });
    await world.send(detail);
    const question = await questionOn(detail.id);
    expect(question).toMatchObject({ because: 'both-changed', version: documents().etag(path) });
    expect(JSON.parse(question.shown).difference).toEqual([
      { path: '/a', base: 'base', ours: 'ours', theirs: 'theirs' },
    ]);
    expect(writesTo(path)).toEqual([]);
    await decide({ id: detail.id, question: question.id, choice, ...(body && { body }) });
    const entry = await world.settled(detail.id);
    expect(entry).toMatchObject({ outcome: 'resolved', question: { answer: { choice, by: 'ops' } } });
    // Who and why stay, what was written does not.
    expect(entry.question?.answer).not.toHaveProperty('body');
    expect(documents().get(path)).toEqual(expected);
    expect(entry.trail).toContainEqual(expect.objectContaining({ step: 'decided', by: 'ops', why: 'they said so' }));
    expect(told.some((message) => message.includes(detail.id))).toBe(true);
    await expect(decide({ id: detail.id, choice })).rejects.toThrow('has its outcome already: resolved');
  });

  it('is answered by abandoning the write', async () => {
    const { path, detail } = race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await world.send(detail);
    await questionOn(detail.id);
    await decide({ id: detail.id, choice: 'abandon' });
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'discarded', reason: 'abandoned' });
    expect(documents().get(path)).toEqual({ a: 2 });
  });

  it('about what was deleted is answered by making it anew', async () => {
    const { path, detail } = race({ dependency: 'merged', ours: { a: 1 } });
    await world.send(detail);
    expect(await questionOn(detail.id)).toMatchObject({ because: 'deleted-meanwhile', state: 'gone' });
    await decide({ id: detail.id, choice: 'ours' });
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
    expect(documents().get(path)).toEqual({ a: 1 });
  });

  it.each([
    ['the form of the ETag has changed', 'weak', { ifMatch: '"v1"' }, 'etag-format-changed'],
    ['the version is not the reason', 'stubborn', {}, 'same-version'],
  ])('is asked where %s', async (_, kind, operation, because) => {
    const { path, detail } = race({
      dependency: 'merged',
      kind,
      base: { a: 1 },
      ours: { a: 2 },
      theirs: { a: 1 },
      operation,
    });
    await world.send(detail);
    expect(await questionOn(detail.id)).toMatchObject({ because });
    await decide({ id: detail.id, choice: 'theirs' });
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved', conflict: { winner: 'theirs' } });
    expect(documents().get(path)).toEqual({ a: 1 });
  });

  it('that nobody answers in time becomes a dead letter', async () => {
    const { detail } = race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'dead-lettered', reason: 'no-decision' });
    expect(await letterOf(detail.id)).toMatchObject({ reason: 'no-decision', conflict: 'asked-for' });
    await expect(decide({ id: detail.id, choice: 'ours' })).rejects.toThrow('has its outcome already');
  });

  it('is asked anew where the state has changed since it was looked at', async () => {
    const { path, detail } = race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await world.send(detail);
    await questionOn(detail.id);
    documents().put(path, { a: 3 });
    await decide({ id: detail.id, choice: 'ours' });
    expect(await questionOn(detail.id, 2)).toMatchObject({ because: 'changed-since' });
    expect(documents().get(path)).toEqual({ a: 3 });
    await decide({ id: detail.id, choice: 'ours' });
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
    expect(documents().get(path)).toEqual({ a: 1 });
  });

  it('outlives the execution that waits for its answer', async () => {
    const { detail } = race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await world.send(detail);
    const { token } = await questionOn(detail.id);
    const [execution] = world.executionsOf(detail.id);
    await world.sfn.send(new StopExecutionCommand({ executionArn: execution?.arn }));
    await vi.waitFor(async () => expect((await questionOn(detail.id)).token).not.toBe(token), PATIENCE);
    await decide({ id: detail.id, choice: 'ours' });
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved', rescues: 1 });
  });

  it('is taken up by the reconciler where whoever has answered could not say so to the machine', async () => {
    const { detail } = race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await world.send(detail);
    await questionOn(detail.id);
    const dies = () => Promise.reject(new Error('the process is dead'));
    await expect(decide({ id: detail.id, choice: 'ours' }, dies)).rejects.toThrow('the process is dead');
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved', rescues: 0 });
  });

  it('shows nobody what may not be seen', async () => {
    const ours = { a: 1, note: 'SECRET-1', email: 'secret-2@example.com' };
    const { detail } = race({ dependency: 'asked', ours, theirs: { a: 2, note: 'SECRET-3', email: 'x@example.com' } });
    await world.send(detail);
    const question = await questionOn(detail.id);
    expect(question.shown).not.toMatch(/SECRET|secret-2|x@example/);
    await decide({ id: detail.id, choice: 'theirs' });
    await world.settled(detail.id);
    expect(world.logs.filter((line) => /SECRET|secret-2/.test(line))).toEqual([]);
    expect(told.filter((message) => /SECRET|secret-2/.test(message))).toEqual([]);
  });
});

describe.concurrent("a team's own function", () => {
  it.each([
    [5, 3, { outcome: 'resolved', conflict: { winner: 'merged' } }, 5],
    [3, 5, { outcome: 'resolved', conflict: { winner: 'theirs' } }, 5],
    [undefined, 5, { outcome: 'dead-lettered', reason: 'exhausted', verdict: { rule: 'resolver-failed' } }, 5],
  ])('decides between %s and %s', async (mine, other, expected, count) => {
    const { path, detail } = race({ dependency: 'advised', ours: { count: mine, a: 1 }, theirs: { count: other } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject(expected);
    expect(documents().get(path)).toEqual({ count });
  });

  it('may want a human to decide', async () => {
    const { detail } = race({ dependency: 'advised', ours: { count: -1 }, theirs: { count: 1 } });
    await world.send(detail);
    expect(await questionOn(detail.id)).toMatchObject({ because: 'asked-for' });
    await decide({ id: detail.id, choice: 'theirs' });
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
  });
});

describe('a version that was refused', () => {
  it('is never sent again by the same failure', () => {
    const sent = documents().writes.map(({ correlationId, ifMatch }) => `${correlationId} ${ifMatch}`);
    expect(sent.length).toBeGreaterThan(10);
    const refused = documents().writes.filter(({ status }) => status === 409 || status === 412);
    expect(refused.length).toBeGreaterThan(3);
    for (const { correlationId, ifMatch } of refused) {
      expect(sent.filter((each) => each === `${correlationId} ${ifMatch}`)).toHaveLength(1);
    }
  });
});

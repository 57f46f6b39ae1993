import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LedgerEntry } from '../../lambdas/shared/ledger/ledger-entry.ts';
import type { CloudCall } from '../../tools/local/cloud.ts';
import { messageBox } from './strikes.ts';
import { failure, startWorld, type World } from './world.ts';

vi.setConfig({ testTimeout: 60_000 });

let world: World;
/** Bodies of the messages that the sorters have passed on, in order. */
const sorted: string[] = [];

function note({ caller, operation, body }: CloudCall): undefined {
  if (caller.includes('Sorter') && operation === 'SendMessage') sorted.push(body);
}

beforeAll(async () => {
  const common = { ordered: true, retry: { hotAttempts: 1, durableAttempts: 6 } } as const;
  const circuit = { minimumCalls: 2, window: Duration.seconds(2), openFor: Duration.seconds(1), probes: 1 };
  world = await startWorld(0.1, {
    books: common,
    shelves: { ...common, circuit: { ...circuit, probeAgainAfter: Duration.seconds(1) } },
  });
  world.cloud.inject(note);
}, 60_000);
afterAll(() => world?.stop());

/** A change of a resource; each has a path of its own, by which the dependency decides what comes of it. */
function change(resourceId: string, path: string, more: Record<string, unknown> = {}) {
  const detail = failure(path, { dependency: 'books', ...more });
  return { ...detail, operation: { ...Object(detail.operation), resourceId } };
}

const callsOf = (id: string) => world.dependency.calls.filter(({ correlationId }) => correlationId === id);
const settledAll = (details: readonly { readonly id: string }[]) =>
  Promise.all(details.map(({ id }) => world.settled(id)));

/** Puts failures one after another into the ordered queue. */
async function arrive(...details: readonly { readonly id: string }[]): Promise<void> {
  for (const detail of details) {
    await world.send(detail);
    await vi.waitFor(() => expect(sorted.join()).toContain(detail.id), { timeout: 30_000, interval: 20 });
  }
}

/** When a failure was first worked on, and when it was over. */
function span({ trail }: LedgerEntry): { readonly from: string; readonly to: string } {
  return { from: trail[0]?.at ?? '', to: trail.at(-1)?.at ?? '' };
}

/** In the order given, each begun only after the one before it was over. */
function expectOneByOne(entries: readonly LedgerEntry[]): void {
  const times = entries.map(span).flatMap(({ from, to }) => [from, to]);
  expect(times).toEqual(times.toSorted());
}

describe.concurrent('an ordered lane', () => {
  it('works on the failures of one resource one at a time, in order, through the machine as well', async () => {
    const first = change('order-1', '/flaky/2/:id');
    const others = Array.from({ length: 5 }, () => change('order-1', '/ok'));
    const elsewhere = change('order-2', '/ok');
    await arrive(first, ...others, elsewhere);

    const entries = await settledAll([first, ...others]);
    expect(entries.map(({ outcome }) => outcome)).toEqual(entries.map(() => 'recovered'));
    expect(entries[0]).toMatchObject({ tier: 'warm', attempts: 3 });
    expectOneByOne(entries);
    const calls = world.dependency.calls.filter(({ correlationId = '' }) =>
      [first, ...others].some(({ id }) => id === correlationId),
    );
    expect(calls.map(({ correlationId }) => correlationId)).toEqual([
      first.id,
      first.id,
      first.id,
      ...others.map(({ id }) => id),
    ]);

    // Another resource has not waited for the machine.
    const apart = await world.settled(elsewhere.id);
    expect(span(apart).to < span(entries[0] ?? apart).to).toBe(true);
  });

  it('keeps the resources of two tenants apart', async () => {
    const slow = change('shared', '/throttled/3/1/:id', { tenant: 'acme' });
    const other = change('shared', '/ok', { tenant: 'umbrella' });
    await arrive(slow, other);
    const [mine, theirs] = await settledAll([slow, other]);
    expect(mine?.tier).toBe('warm');
    expect(String(theirs?.settledAt) < String(mine?.settledAt)).toBe(true);
  });

  it('rejects what it can not read, and goes on', async () => {
    const MessageBody = 'no JSON at all';
    await world.sqs.send(new SendMessageCommand({ QueueUrl: world.output('BooksLaneQueueUrl'), MessageBody }));
    const [message] = await world.take(world.output('RejectsQueueUrl'), ({ length }) => length > 0);
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({ reason: { code: 'malformed-json' }, event: MessageBody });
  });

  it('puts a redriven dead letter behind what its resource waits for', async () => {
    const dead = change('order-3', '/flaky/7/:id');
    await arrive(dead);
    expect(await world.settled(dead.id)).toMatchObject({ outcome: 'dead-lettered' });
    const letter = await messageBox(world, ['BooksDeadLetterQueueUrl'])(dead.id);
    const slow = change('order-3', '/throttled/3/1/:id');
    await arrive(slow);
    const MessageBody = JSON.stringify(letter);
    await world.sqs.send(new SendMessageCommand({ QueueUrl: world.output('BooksLaneQueueUrl'), MessageBody }));

    const redriven = await world.settled(dead.id, 2);
    expect(redriven).toMatchObject({ outcome: 'recovered', cycle: 2 });
    const [begun] = redriven.trail.filter(({ step }) => step === 'redriven');
    expect(String((await world.settled(slow.id)).settledAt) <= String(begun?.at)).toBe(true);
  });

  it('holds failures back while the circuit is open, and loses neither their order nor an attempt', async () => {
    const gated = (resourceId: string) => change(resourceId, '/gated/shelves', { dependency: 'shelves' });
    const opening = [gated('shelf-1'), gated('shelf-2')];
    await world.send(...opening);
    await vi.waitFor(() => expect(world.logs.join()).toContain('circuit state changed'), { timeout: 30_000 });
    const held = Array.from({ length: 4 }, () => gated('shelf-3'));
    await arrive(...held);
    const heldFor = async () => (await world.entry(held[0]?.id ?? ''))?.held;
    await vi.waitFor(async () => expect(await heldFor()).toBe('circuit'), { timeout: 30_000 });
    world.dependency.open('shelves');

    const entries = await settledAll([...held, ...opening]);
    expect(new Set(entries.map(({ outcome }) => outcome))).toEqual(new Set(['recovered']));
    const inOrder = entries.slice(0, held.length);
    expectOneByOne(inOrder);
    expect(inOrder.map(({ attempts }) => attempts)).toEqual(held.map(() => 1));
    for (const { id } of held.slice(1)) expect(callsOf(id)).toHaveLength(1);
  });
});

import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBCircuitStore } from '../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../lambdas/contract/circuit-policy.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { forceCircuit } from '../../lambdas/use-cases/circuit/force-circuit.ts';
import type { CloudCall, Fault } from '../../tools/local/cloud.ts';
import { idsIn, messageBox } from './strikes.ts';
import { failure, startWorld, type World } from './world.ts';

let world: World;
/** Places of each failure in the ordered queue, by id. A failure that was sent several times has several. */
const places = new Map<string, Set<string>>();
/** Failures that kill the sorter and then the worker, each right after the effect of its first call. */
const deadly = new Set<string>();
const deaths: string[] = [];

function watch(call: CloudCall): Fault | undefined {
  note(call);
  const { caller, operation, body, trigger } = call;
  const [id = ''] = idsIn(trigger);
  const death = `${caller.replace(/[0-9A-F]{8}$/, '')} ${operation} ${id}`;
  const isDue =
    (caller.includes('Sorter') && operation === 'SendMessage') ||
    (operation === 'PutItem' && body.includes('attribute_not_exists(#id)'));
  if (!deadly.has(id) || !isDue || deaths.includes(death)) return undefined;
  deaths.push(death);
  return 'kill-after';
}

function note({ caller, trigger }: CloudCall): void {
  if (!caller.includes('LaneWorker')) return;
  const { Records }: SQSEvent = JSON.parse(trigger);
  for (const { body, attributes } of Records)
    for (const id of idsIn(body).slice(0, 1))
      places.set(id, new Set(places.get(id)).add(attributes.SequenceNumber ?? ''));
}

beforeAll(async () => {
  const ordered = { ordered: true, retry: { hotAttempts: 1 } } as const;
  world = await startWorld({ books: ordered, shelves: { ...ordered, circuit: { probes: 1 } } });
  world.cloud.inject(watch);
});
afterAll(() => world?.stop());

/** A change of a resource. The path selects the dependency's behavior for it. */
function change(resourceId: string, path: string, more: Record<string, unknown> = {}) {
  const detail = failure(path, { dependency: 'books', ...more });
  return { ...detail, operation: { ...Object(detail.operation), resourceId } };
}

const callsOf = (id: string) => world.dependency.calls.filter(({ correlationId }) => correlationId === id);
const settledAll = (details: readonly { readonly id: string }[]) =>
  Promise.all(details.map(({ id }) => world.settled(id)));

/** The circuits as an operator's tool opens them. */
function circuits() {
  const store = new DynamoDBCircuitStore({ client: world.dynamodb, table: world.output('CircuitsTableName') });
  const watcher = { changed: () => undefined, unreachable: () => undefined };
  return { store, watcher, policy: DEFAULT_CIRCUIT_POLICY, now: Date.now() };
}

/** Sends a failure and waits until the worker has started it. */
async function begin(detail: { readonly id: string }): Promise<void> {
  await world.send(detail);
  await world.clock.until(async () => expect(await world.entry(detail.id)).toBeDefined());
}

/** Opens the circuit for 4 s, and sends failures of one resource. */
async function holdBack(count: number): Promise<{ held: readonly { readonly id: string }[]; until: number }> {
  const until = Date.now() + 4_000;
  await forceCircuit('shelves', { to: 'open', until, reason: 'test', by: 'test' }, circuits());
  const held = Array.from({ length: count }, () => change('shelf-1', '/ok', { dependency: 'shelves' }));
  await world.send(...held);
  await world.clock.until(async () => {
    const entries = await Promise.all(held.map(({ id }) => world.entry(id)));
    expect(entries.flatMap((entry) => entry?.trail ?? []).map(({ step }) => step)).toContain('held');
  });
  return { held, until };
}

/** Time of a failure's first and last step. */
function span({ trail }: LedgerEntry): { readonly from: string; readonly to: string } {
  return { from: trail[0]?.at ?? '', to: trail.at(-1)?.at ?? '' };
}

/**
 * Expects that each failure started only after the previous one in the queue had ended.
 * @returns the entries in that order
 */
function expectOneByOne(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const place = ({ id }: LedgerEntry) => [...(places.get(id) ?? [])].join();
  const inOrder = entries.toSorted((one, other) => (place(one) < place(other) ? -1 : 1));
  const times = inOrder.map(span).flatMap(({ from, to }) => [from, to]);
  expect(times).toEqual(times.toSorted());
  return inOrder;
}

describe.concurrent('an ordered lane', () => {
  it("rejects a message that it can't read, and continues", async () => {
    const MessageBody = 'no JSON at all';
    await world.sqs.send(new SendMessageCommand({ QueueUrl: world.output('BooksLaneQueueUrl'), MessageBody }));
    const [message] = await world.take(world.output('RejectsQueueUrl'), ({ length }) => length > 0);
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({ reason: { code: 'malformed-json' }, event: MessageBody });
  });

  it('works on the failures of one resource one at a time, in order, through the machine as well', async () => {
    const first = change('order-1', '/flaky/2/:id');
    const others = Array.from({ length: 5 }, () => change('order-1', '/ok'));
    await begin(first);
    await world.send(...others);

    const entries = await settledAll([first, ...others]);
    expect(entries.map(({ outcome }) => outcome)).toEqual(entries.map(() => 'recovered'));
    expect(entries[0]).toMatchObject({ tier: 'warm', attempts: 3 });
    const ids = expectOneByOne(entries).map(({ id }) => id);
    const called = world.dependency.calls.flatMap(({ correlationId = '' }) =>
      ids.includes(correlationId) ? correlationId : [],
    );
    expect(called).toEqual([first.id, first.id, ...ids]);
  });

  it('processes other resources in the meantime, also those with the same name at another tenant', async () => {
    const slow = change('order-2', '/throttled/5/1/:id', { tenant: 'acme' });
    const others = [
      change('order-2', '/ok'),
      change('order-2', '/ok', { tenant: 'umbrella' }),
      change('order-3', '/ok', { tenant: 'acme' }),
    ];
    const behind = change('order-2', '/ok', { tenant: 'acme' });
    await begin(slow);
    await world.send(behind, ...others);
    const entries = await settledAll([slow, behind]);
    expect(entries[0]?.tier).toBe('warm');
    expectOneByOne(entries);
    for (const entry of await settledAll(others)) expect(span(entry).to < span(entries[0] ?? entry).to).toBe(true);
  });

  it('puts a redriven dead letter behind what its resource waits for', async () => {
    const dead = change('order-4', '/ok', { error: { statusCode: 400 } });
    await world.send(dead);
    expect(await world.settled(dead.id)).toMatchObject({ outcome: 'dead-lettered' });
    const deadLetter = await messageBox(world, ['BooksDeadLetterQueueUrl'])(dead.id);
    const slow = change('order-4', '/throttled/1/1/:id');
    await begin(slow);
    const MessageBody = JSON.stringify(deadLetter);
    await world.sqs.send(new SendMessageCommand({ QueueUrl: world.output('BooksLaneQueueUrl'), MessageBody }));

    const redriven = await world.settled(dead.id, 2);
    expect(redriven).toMatchObject({ outcome: 'recovered', cycle: 2 });
    const [begun] = redriven.trail.filter(({ step }) => step === 'redriven');
    expect(String((await world.settled(slow.id)).settledAt) <= String(begun?.at)).toBe(true);
  });

  it('puts a message into order once, and makes its call once, where sorter and worker die midway', async () => {
    const [first, second] = [change('order-5', '/ok'), change('order-5', '/ok')];
    deadly.add(first.id);
    await world.send(first);
    await world.clock.until(() => expect(deaths).not.toEqual([]));
    await world.send(second);
    const entries = await settledAll([first, second]);
    expect(deaths).toEqual([
      `PipelineBooksLaneOrderedSorter SendMessage ${first.id}`,
      `PipelineBooksLaneWorker PutItem ${first.id}`,
    ]);
    expect(expectOneByOne(entries).map(({ id }) => id)).toEqual([first.id, second.id]);
    for (const { id } of entries) expect([places.get(id)?.size, callsOf(id).length]).toEqual([1, 1]);
  });

  it('holds failures back while the circuit is open, and loses neither their order nor an attempt', async () => {
    const { held, until } = await holdBack(4);
    const entries = await settledAll(held);
    expect(entries.map(({ outcome, attempts }) => [outcome, attempts])).toEqual(held.map(() => ['recovered', 1]));
    expectOneByOne(entries);
    for (const { id } of held)
      expect(callsOf(id)).toEqual([expect.objectContaining({ at: expect.toSatisfy((at: number) => at >= until) })]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueDepth } from '../../lambdas/adapters/health/queue-depth.ts';
import type { HttpDependencyConfig } from '../../lib/config/dependency-config.ts';
import { toolIn } from './tool.ts';
import { failure, startWorld, type World } from './world.ts';

const retry = { hotAttempts: 1, durableAttempts: 20 };

/** The dependencies of each version, by what changes. */
const BEFORE = {
  removed: { retry },
  'name-before': { retry },
  'ordered-no-more': { retry, ordered: true },
  'ordered-from-now-on': { retry },
  'conflicts-to-reject': { retry, conflict: { strategy: 'ask' } },
  'fewer-attempts': { retry },
} satisfies Record<string, Partial<HttpDependencyConfig>>;
const { removed: _, 'name-before': __, ...kept } = BEFORE;
const AFTER = {
  ...kept,
  added: { retry },
  'name-after': { retry },
  'ordered-no-more': { retry },
  'ordered-from-now-on': { retry, ordered: true },
  'conflicts-to-reject': { retry },
  'fewer-attempts': { retry: { hotAttempts: 1, durableAttempts: 1 } },
} satisfies Record<string, Partial<HttpDependencyConfig>>;
const RETURNED = { ...AFTER, removed: { retry }, 'ordered-no-more': { retry, ordered: true } };

let world: World;
/** A failure of each dependency of the first version, under way when the second is deployed. */
const underWay: Record<string, ReturnType<typeof failureOf>> = {};
/** Messages that no worker has read by then. */
let unread: Record<'removed' | 'ordered-no-more' | 'added', { readonly id: string }>;

const DOCUMENT = '/documents/strong/1';

function failureOf(dependency: string, operation: object = { path: '/gated/later' }) {
  const detail = failure('/gated/later', { dependency, ...('ifMatch' in operation && { error: { statusCode: 412 } }) });
  return { ...detail, operation: { ...Object(detail.operation), resourceId: 'one', ...operation } };
}

/** The failure waits in the Recovery machine, for its next attempt or for a human. */
async function waiting({ id }: { readonly id: string }): Promise<void> {
  await world.clock.until(async () => {
    expect(world.executionsOf(id)).not.toEqual([]);
    const { failure: stored, question } = (await world.entry(id)) ?? {};
    if (stored?.dependency === 'conflicts-to-reject') expect(question).toBeDefined();
  });
}

async function messagesIn(queueUrl: string): Promise<number> {
  const { waiting: visible, inFlight } = await queueDepth(world.sqs, queueUrl);
  return visible + inFlight;
}

async function backstop(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await toolIn(world, ...args);
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  return out;
}

beforeAll(async () => {
  world = await startWorld(BEFORE, { deployment: { canary: true } });
  world.dependency.documents.put(DOCUMENT, { total: 1 });
  const conflict = { path: DOCUMENT, ifMatch: '"0"', base: { total: 0 } };
  for (const name of Object.keys(BEFORE))
    underWay[name] = failureOf(name, name === 'conflicts-to-reject' ? conflict : undefined);
  await world.send(...Object.values(underWay));
  for (const each of Object.values(underWay)) await waiting(each);
  await backstop('pause', 'removed', '--yes', '--why', 'a test');
  unread = {
    removed: failureOf('removed'),
    'ordered-no-more': failureOf('ordered-no-more'),
    added: failureOf('added'),
  };
  await world.send(...Object.values(unread));
  const ordered = world.output('OrderedNoMoreOrderedQueueUrl');
  await world.clock.until(async () => expect(await messagesIn(ordered)).toBe(2));
  const { ended } = await world.deploy(AFTER);
  expect(await world.clock.run(ended)).toBe('complete');
  world.dependency.open('later');
});
afterAll(() => world?.stop());

const idOf = (dependency: string) => underWay[dependency]?.id ?? '';
const unreadQueues = async () => {
  const { leftQueues }: { leftQueues: { name: string; messages: number }[] } = JSON.parse(
    await backstop('status', '--json'),
  );
  return leftQueues.map(({ name, messages }) => [
    name.replace(/^BackstopPipeline-Pipeline|[0-9A-F]{8}(?=\.|$)/g, ''),
    messages,
  ]);
};

describe('a failure that is under way while a change is deployed', () => {
  it.each(['ordered-no-more', 'ordered-from-now-on', 'fewer-attempts'])('recovers: %s', async (name) => {
    expect(await world.settled(idOf(name))).toMatchObject({ outcome: 'recovered' });
  });

  it('waits for the answer of a human, where the strategy asks no more', async () => {
    await backstop('decide', idOf('conflicts-to-reject'), 'ours', '--question', '1.1', '--yes', '--why', 'a test');
    expect(await world.settled(idOf('conflicts-to-reject'))).toMatchObject({ outcome: 'resolved' });
    expect(world.dependency.documents.get(DOCUMENT)).toEqual({ total: 5 });
  });

  it.each(['removed', 'name-before'])(
    'becomes a dead letter that says why, and keeps its operation: %s',
    async (name) => {
      const { reason, outcome, failure: stored } = await world.settled(idOf(name));
      expect(outcome).toBe('dead-lettered');
      // While traffic shifts, a function of the version before may settle it. That one knows the dependency.
      expect(['unregistered', 'handler-failed']).toContain(reason);
      expect(stored?.operation).toMatchObject({ path: '/gated/later' });
    },
  );

  it('shows in the status where nothing reads its message any more', async () => {
    await Promise.all(['removed', 'name-before'].map((name) => world.settled(idOf(name))));
    expect(await unreadQueues()).toEqual([
      ['NameBeforeLaneDeadLetters', 1],
      // The first message stays until its failure has its outcome, and the second waits behind it.
      ['OrderedNoMoreLaneOrderedQueue.fifo', 2],
      ['RemovedLaneDeadLetters', 1],
      ['RemovedLaneQueue', 1],
    ]);
    expect(await backstop('status')).toContain('next: docs/runbook.md#queues-that-nothing-reads');
  });

  it('goes to the rejects with its reason if its dependency is not there yet, and is accepted from then on', async () => {
    const [rejected] = await world.take(world.output('RejectsQueueUrl'), (messages) => messages.length > 0);
    expect(JSON.parse(rejected?.Body ?? '{}')).toMatchObject({ reason: { code: 'unknown-dependency' } });
    expect(rejected?.Body).toContain(unread.added.id);
    const again = failureOf('added');
    await world.send(again);
    expect(await world.settled(again.id)).toMatchObject({ outcome: 'recovered' });
  });

  it('continues once the next version has its lane again', async () => {
    await world.clock.run((await world.deploy(RETURNED)).ended);
    await backstop('resume', 'removed', '--yes', '--why', 'a test');
    for (const name of ['removed', 'ordered-no-more'] as const)
      expect(await world.settled(unread[name].id)).toMatchObject({ outcome: 'recovered' });
    await backstop('dlq', 'redrive', 'removed', '--yes', '--why', 'a test');
    expect(await world.settled(idOf('removed'), 2)).toMatchObject({ outcome: 'recovered' });
    expect(await unreadQueues()).toEqual([['NameBeforeLaneDeadLetters', 1]]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WalkPorts } from '../../../../lambdas/use-cases/redrive/queue-walk.ts';
import type { DeadLetterQueue } from '../../../../lambdas/use-cases/redrive/queues.ts';
import { survey } from '../../../../lambdas/use-cases/redrive/survey.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Arrivals {
  /** Messages a second, from the begin of the survey on. */
  readonly perSecond: number;
  readonly count: number;
}

/** A queue as SQS answers across a region: 30 ms a request, few messages at once, 1 s for an empty one. */
function distantQueue(count: number, most: number, { perSecond, count: more }: Arrivals = NONE) {
  const began = Date.now();
  const messages = Array.from({ length: count + more }, (_, at) => ({
    id: `m-${at}`,
    hiddenUntil: 0,
    sentAt: at < count ? began - 1_000 : began + Math.ceil(((at - count + 1) * 1_000) / perSecond),
  }));
  const there = () => messages.filter(({ sentAt }) => sentAt <= Date.now());
  const visible = () => there().filter(({ hiddenUntil }) => hiddenUntil <= Date.now());
  const requests = { receive: 0, depth: 0 };
  const source: DeadLetterQueue = {
    hiddenMs: 60_000,
    async depth() {
      requests.depth++;
      await sleep(30);
      const waiting = visible().length;
      return { waiting, inFlight: there().length - waiting };
    },
    async receive(limit) {
      requests.receive++;
      await sleep(30);
      for (let polls = 0; polls < 10 && visible().length === 0; polls++) await sleep(100);
      const taken = visible().slice(0, Math.min(limit, most));
      for (const message of taken) message.hiddenUntil = Date.now() + 60_000;
      return taken.map(({ id, sentAt }) => {
        const body = JSON.stringify({ kind: 'backstop-dead-letter', version: 1, id, cycle: 1 });
        return { id, receipt: id, body, sentAt };
      });
    },
    async release(released) {
      await sleep(60);
      const ids = new Set(released.map(({ id }) => id));
      for (const message of messages) if (ids.has(message.id)) message.hiddenUntil = 0;
    },
    remove: () => Promise.reject(new Error('a survey removes nothing')),
  };
  /** Another reader takes visible messages, and hides or removes them. */
  const take = (taken: number, fate: 'hidden' | 'removed') => {
    for (const message of visible().slice(-taken)) {
      if (fate === 'hidden') message.hiddenUntil = Date.now() + 3_600_000;
      else messages.splice(messages.indexOf(message), 1);
    }
  };
  return { source, requests, take };
}

const NONE: Arrivals = { perSecond: 1, count: 0 };
const PORTS = { sleep, now: () => Date.now(), patienceMs: 65_000, random: () => 1 };

async function timed(source: DeadLetterQueue, ports: Partial<WalkPorts> = { mayGuess: true }) {
  const began = Date.now();
  const progress: number[] = [];
  const onSeen = (seen: number) => void progress.push(seen);
  let lasted = 0;
  const looking = survey({ ...PORTS, source, ...ports }, { signal: new AbortController().signal, onSeen }).then(
    (seen) => {
      lasted = Date.now() - began;
      return seen;
    },
  );
  await vi.advanceTimersByTimeAsync(90_000);
  const { found, ...rest } = await looking;
  return { lasted, total: found.length, old: found.filter(({ sentAt }) => sentAt < began).length, progress, ...rest };
}

it.each([
  [0, 10, 2_000, 3],
  [60, 10, 2_000, 20],
  [60, 3, 2_000, 40],
  [1_000, 10, 10_000, 140],
  [1_000, 3, 10_000, 380],
])('sees %i dead letters, up to %i at once, within %i ms and %i requests', async (count, most, ms, limit) => {
  const { source, requests } = distantQueue(count, most);
  const { total, isWhole, progress, lasted } = await timed(source);
  expect([total, isWhole, progress.at(-1) ?? 0]).toEqual([count, true, count]);
  expect(lasted).toBeLessThan(ms);
  expect(requests.receive + requests.depth).toBeLessThanOrEqual(limit);
});

describe('while new dead letters arrive', () => {
  it.each([
    [0, 5, 2_000],
    [60, 5, 2_000],
    [60, 100, 2_000],
    [1_000, 50, 10_000],
    [1_000, 500, 10_000],
  ])('sees the %i that were there at its start, with %i more a second, within %i ms', async (count, perSecond, ms) => {
    for (const mayGuess of [true, false]) {
      const { source } = distantQueue(count, 10, { perSecond, count: 120 * perSecond });
      const seen = await timed(source, { mayGuess });
      expect(seen).toMatchObject({ old: count, isWhole: true, hidden: 0 });
      expect(seen.lasted).toBeLessThan(ms);
    }
  });

  it('counts those that arrived, which the list shows too', async () => {
    const { source } = distantQueue(60, 10, { perSecond: 100, count: 2_000 });
    const { total, newer } = await timed(source);
    expect(newer).toBeGreaterThan(0);
    // Some arrive during the count.
    expect(total - newer).toBeLessThan(65);
  });

  it('waits a minute for those that another reader hides, and says how many', async () => {
    const { source, take } = distantQueue(60, 10, { perSecond: 5, count: 1_000 });
    take(20, 'hidden');
    const { old, isWhole, hidden, lasted } = await timed(source);
    expect({ old, isWhole, hidden }).toEqual({ old: 40, isWhole: false, hidden: 20 });
    expect(lasted).toBeLessThan(75_000);
  });

  it.each([
    ['ahead', 20_000],
    ['behind', -20_000],
  ])('ends with a clock that is %s of the queue', async (_, skew) => {
    const { source } = distantQueue(60, 10, { perSecond: 20, count: 2_000 });
    const { old, lasted } = await timed(source, { mayGuess: true, now: () => Date.now() + skew });
    expect(old).toBe(60);
    expect(lasted).toBeLessThan(5_000);
  });

  it('waits for nobody where others only remove', async () => {
    const { source, take } = distantQueue(300, 10, { perSecond: 20, count: 1_000 });
    setTimeout(() => take(100, 'removed'), 50);
    const { old, hidden, lasted } = await timed(source);
    expect(old).toBeGreaterThanOrEqual(200);
    expect(hidden).toBe(0);
    expect(lasted).toBeLessThan(3_000);
  });
});

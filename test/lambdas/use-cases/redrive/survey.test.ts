import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DeadLetterQueue } from '../../../../lambdas/use-cases/redrive/queues.ts';
import { survey } from '../../../../lambdas/use-cases/redrive/survey.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A queue as SQS answers across a region: 30 ms a request, few messages at once, 1 s for an empty one. */
function distantQueue(count: number, most: number) {
  const bodies = Array.from({ length: count }, (_, at) => ({ id: `m-${at}`, hiddenUntil: 0 }));
  const requests = { receive: 0, depth: 0 };
  const source: DeadLetterQueue = {
    hiddenMs: 60_000,
    async depth() {
      requests.depth++;
      await sleep(30);
      return count;
    },
    async receive(limit) {
      requests.receive++;
      await sleep(30);
      const taken = bodies.filter(({ hiddenUntil }) => hiddenUntil <= Date.now()).slice(0, Math.min(limit, most));
      for (const message of taken) message.hiddenUntil = Date.now() + 60_000;
      if (taken.length === 0) await sleep(1_000);
      return taken.map(({ id }) => {
        const body = JSON.stringify({ kind: 'backstop-dead-letter', version: 1, id, cycle: 1 });
        return { id, receipt: id, body, sentAt: 1 };
      });
    },
    release: () => sleep(60),
    remove: () => Promise.reject(new Error('a survey removes nothing')),
  };
  return { source, requests };
}

it.each([
  [0, 10, 2_000, 3],
  [60, 10, 2_000, 20],
  [60, 3, 2_000, 40],
  [1_000, 10, 10_000, 140],
  [1_000, 3, 10_000, 380],
])('sees %i dead letters, up to %i at once, within %i ms and %i requests', async (count, most, ms, limit) => {
  const { source, requests } = distantQueue(count, most);
  const progress: number[] = [];
  const began = Date.now();
  const ports = { source, sleep, now: Date.now, patienceMs: 65_000, mayGuess: true };
  const onSeen = (seen: number) => void progress.push(seen);
  const looking = survey(ports, { signal: new AbortController().signal, onSeen });
  await vi.runAllTimersAsync();
  const { found, isWhole } = await looking;
  expect([found.length, isWhole, progress.at(-1) ?? 0]).toEqual([count, true, count]);
  expect(Date.now() - began).toBeLessThan(ms);
  expect(requests.receive + requests.depth).toBeLessThanOrEqual(limit);
});

import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { turnNow } from '../../../../lambdas/adapters/circuit/turn-clock.ts';

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000 });
  await nextTurn();
});
afterEach(() => vi.useRealTimers());

it('stands still within a turn of the event loop, whatever is awaited there', async () => {
  expect(turnNow()).toBe(1_000);
  vi.setSystemTime(2_000);
  await Promise.resolve();
  expect(turnNow()).toBe(1_000);
});

it('goes on with the next turn', async () => {
  turnNow();
  vi.setSystemTime(2_000);
  await nextTurn();
  expect(turnNow()).toBe(2_000);
});

it('is not passed by a loop that goes to sleep', () => {
  turnNow();
  // Without a pending immediate, the loop could sleep and wake up with an old time.
  expect(process.getActiveResourcesInfo()).toContain('Immediate');
});

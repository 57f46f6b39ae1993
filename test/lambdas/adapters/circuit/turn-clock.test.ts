import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { turnNow } from '../../../../lambdas/adapters/circuit/turn-clock.ts';

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000 });
  await nextTurn();
});
afterEach(() => vi.useRealTimers());

/** A turn with so many calls that reading the clock once pays. */
function busyTurn(): void {
  for (let call = 0; call < 100; call++) turnNow();
}

it('stops within a busy turn of the event loop, even across an await', async () => {
  busyTurn();
  vi.setSystemTime(2_000);
  await Promise.resolve();
  expect(turnNow()).toBe(1_000);
});

it('continues with the next turn', async () => {
  busyTurn();
  vi.setSystemTime(2_000);
  await nextTurn();
  expect(turnNow()).toBe(2_000);
});

it('is the system’s in a turn with a few calls, and schedules nothing', async () => {
  busyTurn();
  await nextTurn();
  turnNow();
  await nextTurn();
  expect(turnNow()).toBe(1_000);
  vi.setSystemTime(2_000);
  expect(turnNow()).toBe(2_000);
  expect(process.getActiveResourcesInfo()).not.toContain('Immediate');
});

it('is not passed by a loop that goes to sleep', () => {
  busyTurn();
  // Without a pending immediate, the loop could sleep and wake up with an old time.
  expect(process.getActiveResourcesInfo()).toContain('Immediate');
});

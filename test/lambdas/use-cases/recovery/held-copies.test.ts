import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { LaneMessage } from '../../../../lambdas/domain/ledger/ledger-changes.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { sampleFailure } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
beforeEach(() => {
  for (const method of ['log', 'info', 'warn'] as const) vi.spyOn(console, method).mockReturnValue();
});
afterEach(() => void vi.restoreAllMocks());

/** How long SQS hides a message whose worker has crashed. */
const VISIBILITY_MS = 90_000;
const HOUR_MS = 3_600_000;

/** What happens to a delivery. `crashes`: the worker dies before SQS deletes the message. */
type Delivery = 'ends' | 'crashes' | 'twice';

interface Queued extends LaneMessage {
  readonly at: number;
}

/**
 * Lets a failure wait in its lane for an hour, with an open circuit, then recover. Returns the number of deliveries.
 */
async function waitAnHour(deliveries: readonly Delivery[], duplicates = 0) {
  const scene = new RecoveryScene(tables, async () => ({ kind: 'ok', statusCode: 200 }));
  const failure = sampleFailure({ id: scene.id });
  const begun = scene.now;
  let sent = 0;
  const queue: Queued[] = [];
  const put = (at: number, copy: number) => queue.push({ messageId: `m-${++sent}`, copy, at });
  for (let n = 0; n <= duplicates; n++) put(begun, 0);
  await scene.forceCircuitOpen(HOUR_MS);
  let invocations = 0;
  while (queue.length > 0) {
    queue.sort((a, b) => a.at - b.at);
    const [message] = queue.splice(0, 1);
    if (!message) break;
    scene.now = Math.max(scene.now, message.at);
    const delivery = deliveries[invocations] ?? 'ends';
    for (let times = delivery === 'twice' ? 2 : 1; times > 0; times--) {
      invocations++;
      if (invocations > 500) throw new Error('the copies never end');
      const isDone = await scene.deliver(failure, message);
      for (const { delayMs, copy } of scene.sentBack.splice(0)) put(scene.now + Math.min(delayMs, 900_000), copy);
      if (!isDone || delivery === 'crashes') queue.push({ ...message, at: scene.now + VISIBILITY_MS });
    }
  }
  return { invocations, calls: scene.calls, entry: await scene.entry() };
}

it('a message that is sent back again and again stays one, however often its worker crashes after that', async () => {
  const undisturbed = await waitAnHour([]);
  const crashing = await waitAnHour(['crashes', 'crashes', 'crashes']);
  expect(crashing.entry).toMatchObject({ outcome: 'recovered' });
  // Each crash costs the delivery of the message that comes again, and that of the copy that it sent in vain.
  expect(crashing.invocations).toBeLessThanOrEqual(undisturbed.invocations + 2 * 3);
});

it('of two messages about a failure that workers hold at the same time, one is sent back', async () => {
  const scene = new RecoveryScene(tables, async () => ({ kind: 'ok', statusCode: 200 }));
  const failure = sampleFailure({ id: scene.id });
  await scene.forceCircuitOpen(HOUR_MS);
  const messages = ['1', '2'].map((messageId) => ({ messageId, copy: 0 }));
  expect(await Promise.all(messages.map((message) => scene.deliver(failure, message)))).toEqual([true, true]);
  expect(scene.sentBack).toHaveLength(1);
});

it('an earlier copy of a message does nothing when it comes again, since a later one continues', async () => {
  const scene = new RecoveryScene(tables, async () => ({ kind: 'ok', statusCode: 200 }));
  const failure = sampleFailure({ id: scene.id });
  await scene.forceCircuitOpen(HOUR_MS);
  await scene.deliver(failure, { messageId: '1', copy: 0 });
  await scene.deliver(failure, { messageId: '2', copy: 1 });
  scene.now += 2 * HOUR_MS;
  expect(await scene.deliver(failure, { messageId: '1', copy: 0 })).toBe(true);
  expect(scene.calls).toBe(0);
  expect(await scene.deliver(failure, { messageId: '3', copy: 2 })).toBe(true);
  expect(scene.calls).toBe(1);
});

it('a failure that waits is neither lost nor multiplied, whatever happens to its deliveries', async () => {
  const undisturbed = await waitAnHour([]);
  const delivery = fc.constantFrom<Delivery>('ends', 'ends', 'crashes', 'twice');
  await fc.assert(
    fc.asyncProperty(fc.array(delivery, { maxLength: 12 }), fc.nat(2), async (deliveries, duplicates) => {
      const { invocations, calls, entry } = await waitAnHour(deliveries, duplicates);
      expect(entry).toMatchObject({ outcome: 'recovered', tier: 'hot' });
      expect(calls).toBe(1);
      const faults = deliveries.filter((each) => each !== 'ends').length + duplicates;
      expect(invocations).toBeLessThanOrEqual(undisturbed.invocations + 2 * faults);
    }),
    { numRuns: 40, seed: 11 },
  );
});

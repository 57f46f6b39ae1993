import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportFailure } from '../../../../lambdas/adapters/report/library.ts';
import { received, unreliableBus } from './report-scene.ts';

const FAILED = { dependency: 'payments', id: 'order-1', operation: { path: '/charges', body: { amount: 1 } } };
const DOWN = Object.assign(new Error('down'), { statusCode: 503 });
const report = (source: ReturnType<typeof unreliableBus>['source']) => reportFailure(DOWN, FAILED, { reports: source });

describe('a report', () => {
  it('is put on the bus', async () => {
    const { source, onBus, inQueue } = unreliableBus({});
    expect(await report(source)).toMatchObject({ name: 'ReportedError', id: 'order-1', cause: DOWN });
    expect(onBus.map((detail) => received(detail))).toMatchObject([{ kind: 'failure', failure: { id: 'order-1' } }]);
    expect(inQueue).toEqual([]);
  });

  it('is put again with a growing pause, if the bus refuses it for a while', async () => {
    const throttled = { errorCode: 'ThrottlingException' };
    const { source, onBus, inQueue, pauses } = unreliableBus({
      bus: [throttled, { errorCode: 'InternalFailure' }, {}],
    });
    await report(source);
    expect([onBus.length, inQueue.length, pauses.length]).toEqual([1, 0, 2]);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(800);
  });

  it.each([
    ['the bus goes on refusing it', { errorCode: 'ThrottlingException' }],
    ['the bus refuses it for good', { errorCode: 'NotAuthorizedForSourceException' }],
    ['the bus is out of reach', new Error('socket hang up')],
  ])('goes to the queue, if %s', async (_, answer) => {
    const { source, onBus, inQueue } = unreliableBus({ bus: [answer] });
    await report(source);
    expect(onBus).toEqual([]);
    expect(inQueue.map((detail) => received(detail))).toMatchObject([{ kind: 'failure' }]);
  });

  it('that nobody takes fails with an error', async () => {
    const cause = new Error('no queue');
    const { source } = unreliableBus({ bus: [new Error('no bus')], queue: [cause] });
    await expect(report(source)).rejects.toMatchObject({ name: 'NotReportedError', id: 'order-1', cause });
  });

  it('is on the bus, in the queue or fails, and is nowhere twice, whatever breaks', async () => {
    const answer = fc.oneof(
      fc.constant({}),
      fc.constantFrom('ThrottlingException', 'InternalFailure', 'AccessDenied').map((errorCode) => ({ errorCode })),
      fc.constant(new Error('no answer')),
    );
    const faults = fc.array(fc.constant(new Error('no answer')), { maxLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 5 }), faults, async (bus, queue) => {
        const { source, onBus, inQueue } = unreliableBus({ bus, queue });
        const lost = await report(source).then(
          () => 0,
          (error: Error) => (error.name === 'NotReportedError' ? 1 : 9),
        );
        expect(onBus.length + inQueue.length + lost).toBe(1);
      }),
      { numRuns: 40 },
    );
  });
});

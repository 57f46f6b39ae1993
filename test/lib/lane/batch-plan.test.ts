import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { processLaneBatch } from '../../../lambdas/adapters/lane/lane-batch.ts';
import { RESOLVER_MS } from '../../../lambdas/contract/limits.ts';
import { writeFailure } from '../../../lambdas/domain/boundary/failure-json.ts';
import { batchPlan } from '../../../lib/lane/batch-plan.ts';
import { lanePorts } from '../../support/lane.ts';
import { sampleFailure, sampleSettings } from '../../support/samples.ts';

beforeEach(() => {
  for (const method of ['info', 'warn', 'error', 'log'] as const) vi.spyOn(console, method).mockReturnValue();
});

describe('a batch', () => {
  it('leaves no message without an attempt, however slow each call is within its timeout', async () => {
    const timeouts = fc.oneof(fc.integer({ min: 100, max: 60_000 }), fc.constant(60_000));
    const strategies = fc.constantFrom('reject', 'ask', 'function');
    await fc.assert(
      fc.asyncProperty(timeouts, strategies, fc.integer({ min: 1, max: 10 }), async (timeoutMs, strategy, wanted) => {
        const conflict = { ...sampleSettings().conflict, strategy };
        const settings = sampleSettings({ timeoutMs, conflict });
        const { batchSize, timeout } = batchPlan(wanted, settings);
        const { ports } = lanePorts(
          {},
          {
            intake: { settings, deadLetterQueueUrl: 'url', deadlineMs: 1_000, retentionMs: 30 * 86_400_000 },
            startRecovery: async () => undefined,
            keepRejected: async () => undefined,
            requeue: async () => undefined,
          },
        );
        const records = Array.from(
          { length: batchSize },
          (_, at) => ({ messageId: `m-${at}`, body: writeFailure(sampleFailure({ id: `f-${at}` })) }) as SQSRecord,
        );
        // The worker looks at its time before each message but the first.
        const calls = strategy === 'reject' ? timeoutMs : 2 * timeoutMs + (strategy === 'function' ? RESOLVER_MS : 0);
        let leftMs = timeout.toMilliseconds();
        const remainingMs = () => {
          leftMs -= calls + 2_000;
          return leftMs;
        };
        expect(await processLaneBatch(records, ports, remainingMs)).toEqual({ batchItemFailures: [] });
        expect(batchSize).toBeGreaterThanOrEqual(Math.min(wanted, 5));
        expect(timeout.toSeconds()).toBeLessThanOrEqual(900);
      }),
      { numRuns: 60 },
    );
  });
});

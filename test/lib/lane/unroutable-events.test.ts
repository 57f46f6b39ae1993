import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { rejectWhatNamesNoLane } from '../../../lib/lane/unroutable-events.ts';
import { BackstopQueue } from '../../../lib/parts/backstop-queue.ts';
import { FailureBus } from '../../../lib/parts/buses.ts';
import { FailureStore } from '../../../lib/parts/failure-store.ts';
import { bundleHandlers } from '../../../lib/parts/handler-bundle.ts';
import { flat, ownStack, resourcesOf, standIns } from '../templates.ts';

function patternFor(count: number): { readonly pattern: string; readonly functions: number } {
  const stack = ownStack();
  const store = new FailureStore(stack, 'Store');
  const { encryptionKey } = store;
  const lastResort = new BackstopQueue(stack, 'LastResort', { encryptionKey });
  rejectWhatNamesNoLane(stack, {
    bus: new FailureBus(stack, 'Bus', { encryptionKey, deadLetterQueue: lastResort }),
    code: bundleHandlers([], standIns()),
    store,
    logRetention: RetentionDays.ONE_DAY,
    lanes: Array.from({ length: count }, (_, n) => `dependency-${n + 1_000}-${'n'.repeat(20)}`),
    rejects: new BackstopQueue(stack, 'Rejects', { encryptionKey }),
    lastResort,
  });
  const template = flat(stack);
  const [rule] = Object.values(resourcesOf(template, 'AWS::Events::Rule'));
  const functions = Object.keys(resourcesOf(template, 'AWS::Lambda::Function')).length;
  return { pattern: JSON.stringify(rule?.Properties.EventPattern), functions };
}

describe('the rule for events without a lane', () => {
  it('lists all dependencies as long as one pattern holds them', () => {
    const { pattern, functions } = patternFor(48);
    expect(pattern).toContain('dependency-1047');
    expect(pattern.length).toBeLessThanOrEqual(2_048);
    expect(functions).toBe(0);
  });

  it.each([52, 200])('asks a function beyond that: %i', (count) => {
    const { pattern, functions } = patternFor(count);
    expect(pattern).toBe('{"detail-type":["Operation Failed"]}');
    expect(functions).toBe(1);
  });
});

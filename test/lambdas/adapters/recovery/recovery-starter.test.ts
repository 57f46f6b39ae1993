import { ExecutionAlreadyExists, type SFNClient, type StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { recoveryStarter } from '../../../../lambdas/adapters/recovery/recovery-starter.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';

const entry = sampleEntry({ tier: 'warm', execution: 'order-1+r1' });

function starter(answer: () => Promise<unknown>) {
  const sent: StartExecutionCommand['input'][] = [];
  const send = ({ input }: StartExecutionCommand) => {
    sent.push(input);
    return answer();
  };
  return { start: recoveryStarter({ send } as unknown as SFNClient, 'arn:machine'), sent };
}

describe('starting an execution', () => {
  it('names it as the entry does, and tells it facts only', async () => {
    const { start, sent } = starter(async () => ({}));
    await start(entry);
    expect(sent).toMatchObject([{ stateMachineArn: 'arn:machine', name: 'order-1+r1' }]);
    expect(JSON.parse(sent[0]?.input ?? '')).toMatchObject({
      id: 'order-1',
      cycle: 1,
      correlationId: 'trace-1',
      dependency: 'payments',
      deadLetterQueueUrl: entry.deadLetterQueueUrl,
    });
    expect(sent[0]?.input).not.toContain('/orders/1');
  });

  it('says until when the dependency wants to be left alone', async () => {
    const { start, sent } = starter(async () => ({}));
    const notBefore = new Date(NOW + 60_000).toISOString();
    await start({ ...entry, notBefore });
    await start(entry);
    const [told = 0, untold = 0] = sent.map(({ input = '' }) => Date.parse(JSON.parse(input).waitUntil));
    expect(told).toBe(NOW + 60_000);
    expect(untold).toBeLessThanOrEqual(NOW);
  });

  it('waits neither past the deadline nor past the time of the fallback', async () => {
    const { start, sent } = starter(async () => ({}));
    const notBefore = new Date(NOW + 86_400_000).toISOString();
    const fallbackAt = new Date(NOW + 60_000).toISOString();
    await start({ ...entry, notBefore });
    await start({ ...entry, notBefore, fallbackAt });
    const told = sent.map(({ input = '' }) => JSON.parse(input).waitUntil);
    expect(told).toEqual([entry.deadline, fallbackAt]);
  });

  it('has been done where the execution is there already', async () => {
    const { start } = starter(() => Promise.reject(new ExecutionAlreadyExists({ message: '', $metadata: {} })));
    await expect(start(entry)).resolves.toBeUndefined();
  });

  it('fails where anything else is the matter', async () => {
    const { start } = starter(() => Promise.reject(new Error('throttled')));
    await expect(start(entry)).rejects.toThrow('throttled');
  });
});

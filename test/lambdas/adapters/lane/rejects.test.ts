import type { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { rejectsKeeper } from '../../../../lambdas/adapters/lane/rejects.ts';

async function kept(event: string) {
  const sent: SendMessageCommand['input'][] = [];
  const client = { send: async ({ input }: SendMessageCommand) => void sent.push(input) } as unknown as SQSClient;
  const reason = { code: 'too-large', message: 'the message has more than 262144 bytes' } as const;
  await rejectsKeeper(client, 'url')({ reason, dependency: 'payments', rejectedAt: '2026-03-01T12:00:00.000Z', event });
  const [message] = sent;
  if (!message || sent.length !== 1) throw new Error(`${sent.length} messages were sent`);
  return message;
}

describe('a rejected event', () => {
  it('is wrapped with its reason', async () => {
    const { MessageBody = '', MessageAttributes } = await kept('{"id":1}');
    expect(JSON.parse(MessageBody)).toMatchObject({ reason: { code: 'too-large' }, event: '{"id":1}' });
    expect(MessageAttributes).toBeUndefined();
  });

  it('is kept bare, the reason beside it, where wrapping it would make it too large for SQS', async () => {
    const event = '"'.repeat(600_000);
    const { MessageBody, MessageAttributes } = await kept(event);
    expect(MessageBody).toBe(event);
    expect(JSON.parse(MessageAttributes?.rejected?.StringValue ?? '')).toMatchObject({ reason: { code: 'too-large' } });
  });
});

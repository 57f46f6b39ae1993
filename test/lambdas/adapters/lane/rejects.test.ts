import { createHash } from 'node:crypto';
import type { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSMessageAttributes } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rejectsKeeper } from '../../../../lambdas/adapters/lane/rejects.ts';

type Sent = SendMessageCommand['input'];

/** The most bytes of a message in SQS. */
const LIMIT = 1_048_576;

function sizeOf({ MessageBody = '', MessageAttributes = {} }: Sent): number {
  return Object.entries(MessageAttributes).reduce(
    (sum, [name, { DataType = '', StringValue = '', BinaryValue = [] }]) =>
      sum + Buffer.byteLength(name + DataType + StringValue) + BinaryValue.length,
    Buffer.byteLength(MessageBody),
  );
}

async function kept(event: string, attributes?: SQSMessageAttributes): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const client = { send: async ({ input }: SendMessageCommand) => void sent.push(input) } as unknown as SQSClient;
  const reason = { code: 'too-large', message: 'the message has more than 262144 bytes' } as const;
  const rejected = { reason, dependency: 'payments', rejectedAt: '2026-03-01T12:00:00.000Z', event };
  await rejectsKeeper(client, 'url')({ ...rejected, ...(attributes && { attributes }) });
  return sent;
}

describe('a rejected event', () => {
  it('is wrapped with its reason', async () => {
    const [{ MessageBody = '', MessageAttributes } = {}, ...others] = await kept('{"id":1}');
    expect(JSON.parse(MessageBody)).toMatchObject({ reason: { code: 'too-large' }, event: '{"id":1}' });
    expect(MessageAttributes).toBeUndefined();
    expect(others).toEqual([]);
  });

  it('is kept bare, the reason beside it, where wrapping it would make it too large for SQS', async () => {
    const event = '"'.repeat(600_000);
    const [{ MessageBody, MessageAttributes } = {}, ...others] = await kept(event);
    expect(MessageBody).toBe(event);
    expect(JSON.parse(MessageAttributes?.rejected?.StringValue ?? '')).toMatchObject({ reason: { code: 'too-large' } });
    expect(others).toEqual([]);
  });

  it('is kept as it came, its reason in a message of its own, where there is no room beside it', async () => {
    const attributes: SQSMessageAttributes = { kind: { dataType: 'Binary', binaryValue: 'AAEC' } };
    const event = 'x'.repeat(LIMIT - 'kindBinary'.length - 3);
    const [whole, why, ...others] = await kept(event, attributes);
    expect(whole).toMatchObject({
      MessageBody: event,
      MessageAttributes: { kind: { DataType: 'Binary', BinaryValue: Buffer.from([0, 1, 2]) } },
    });
    expect(JSON.parse(why?.MessageBody ?? '')).toMatchObject({
      reason: { code: 'too-large' },
      eventSha256: createHash('sha256').update(event).digest('hex'),
    });
    expect(others).toEqual([]);
  });

  it('fits in SQS with all that it came with, whatever its size', async () => {
    const sizes = fc.integer({ min: LIMIT - 500, max: LIMIT });
    await fc.assert(
      fc.asyncProperty(sizes, fc.constantFrom('x', '"', 'ü'), fc.boolean(), async (bytes, character, isAttributed) => {
        const stringValue = 'MARKER'.repeat(1_000);
        const attributes = isAttributed ? { a: { dataType: 'String' as const, stringValue } } : undefined;
        const own = isAttributed ? stringValue.length + 7 : 0;
        const event = character.repeat(Math.floor((bytes - own) / Buffer.byteLength(character)));
        const sent = await kept(event, attributes);
        for (const message of sent) expect(sizeOf(message)).toBeLessThanOrEqual(LIMIT);
        const { MessageBody: body = '', MessageAttributes: beside } = sent[0] ?? {};
        expect(body === event || JSON.parse(body).event === event).toBe(true);
        expect(`${body}${JSON.stringify(beside)}`.includes('MARKER')).toBe(isAttributed);
      }),
      { numRuns: 12 },
    );
  });
});

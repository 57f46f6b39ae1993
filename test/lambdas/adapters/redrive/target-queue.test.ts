import type { SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetQueue } from '../../../../lambdas/adapters/redrive/dead-letter-queue.ts';
import type { QueueMessage } from '../../../../lambdas/use-cases/redrive/queues.ts';
import { fakeClient } from '../../../support/operator.ts';

const MIB = 1_048_576;

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageAttributes?: QueueMessage['attributes'];
}

/** Bytes of an entry, as the documentation of SQS counts them. */
function bytesOf({ MessageBody, MessageAttributes = {} }: Entry): number {
  let bytes = Buffer.byteLength(MessageBody);
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(MessageAttributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType ?? '') + Buffer.byteLength(StringValue ?? '');
    bytes += BinaryValue?.byteLength ?? 0;
  }
  return bytes;
}

/** A queue with the limits of SQS on a request. It fails requests from the one with the index `failsFrom`. */
function queue(failsFrom = Number.POSITIVE_INFINITY) {
  const requests: (readonly Entry[])[] = [];
  const sqs = fakeClient<SQSClient>(({ input }) => {
    const { Entries } = input as { readonly Entries: readonly Entry[] };
    if (requests.length >= failsFrom) throw new Error('SQS does not answer');
    const isTooLong = Entries.length > 10 || Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > MIB;
    if (isTooLong) throw new Error('BatchRequestTooLong');
    requests.push(Entries);
    return { Successful: Entries.map(({ Id }) => ({ Id })) };
  });
  return { target: targetQueue(sqs, 'lane'), requests };
}

function message(n: number, bodyBytes: number, attributes?: QueueMessage['attributes']): QueueMessage {
  return { id: `m${n}`, receipt: `r${n}`, body: 'x'.repeat(bodyBytes), sentAt: 0, attributes };
}

const text = (bytes: number) => ({ DataType: 'String', StringValue: 'x'.repeat(bytes) });

describe('targetQueue', () => {
  it('sends ten dead letters of 85 kB with their attributes in requests that SQS accepts', async () => {
    const attributes = { trace: text(20_000), blob: { DataType: 'Binary', BinaryValue: new Uint8Array(10_000) } };
    const { target, requests } = queue();
    const taken = await target.send(Array.from({ length: 10 }, (_, n) => message(n, 85_000, attributes)));
    expect(taken.size).toBe(10);
    expect(requests.flat()).toHaveLength(10);
    expect(requests.flat()[9]?.MessageAttributes).toEqual(attributes);
  });

  it('stays within a request of SQS, whatever the sizes, and keeps the order', async () => {
    const sizes = fc.record({ body: fc.nat(400_000), attribute: fc.nat(400_000), binary: fc.nat(200_000) });
    await fc.assert(
      fc.asyncProperty(fc.array(sizes, { minLength: 1, maxLength: 10 }), async (all) => {
        const { target, requests } = queue();
        const messages = all.map(({ body, attribute, binary }, n) =>
          message(n, body, {
            größe: text(attribute),
            blob: { DataType: 'Binary', BinaryValue: new Uint8Array(binary) },
          }),
        );
        expect([...(await target.send(messages))]).toEqual(messages.map(({ id }) => id));
        expect(requests.flat().map(({ MessageBody }) => MessageBody)).toEqual(messages.map(({ body }) => body));
      }),
      { numRuns: 30 },
    );
  });

  it('names the messages accepted before a request failed, so that none is sent twice', async () => {
    const messages = [0, 1, 2].map((n) => message(n, 800_000));
    await expect(queue(2).target.send(messages)).resolves.toEqual(new Set(['m0', 'm1']));
    await expect(queue(0).target.send(messages)).rejects.toThrow('SQS does not answer');
  });
});

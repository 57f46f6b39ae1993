import { createHash } from 'node:crypto';
import { type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { HttpOperation } from '../../contract/failure.ts';
import type { AwsSettings } from '../../contract/settings.ts';
import type { CallResult } from '../../domain/boundary/call-result.ts';
import { isBinary, parseAttributeKey, SENT_FAILURE_ID } from '../../domain/boundary/message-attributes.ts';
import { wireText } from '../../domain/boundary/wire-text.ts';
import type { Departure } from '../../use-cases/departure.ts';
import { type Arn, callAws, targetOf } from './aws-call.ts';

/** The most characters of a group or deduplication id. */
const MAX_ID_LENGTH = 128;

/** Sends the operation's message to the queue. */
export function sendMessage(
  operation: HttpOperation,
  settings: AwsSettings,
  { id, key, depart }: { readonly id: string; readonly key: string; readonly depart: Departure },
  client: SQSClient,
): Promise<CallResult> {
  return callAws('Sqs', settings, depart, async (abortSignal) => {
    const target = targetOf(settings);
    const { body, resourceId } = operation;
    const send = new SendMessageCommand({
      QueueUrl: queueUrl(target),
      MessageBody: body && wireText(body),
      MessageAttributes: {
        ...attributesOf(operation),
        [SENT_FAILURE_ID]: { DataType: 'String', StringValue: id },
      },
      // In a standard queue, a group makes the queue fair. It needs none.
      MessageGroupId: resourceId ?? (isFifo(target) ? fitting(id) : undefined),
      // SQS drops a repetition within five minutes.
      MessageDeduplicationId: isFifo(target) ? fitting(key) : undefined,
    });
    await client.send(send, { abortSignal });
    return { kind: 'ok', statusCode: 200 };
  });
}

/** Shortens a key of a long tenant and id to its beginning and a digest. SQS allows 128 characters. */
function fitting(key: string): string {
  if (key.length <= MAX_ID_LENGTH) return key;
  const digest = createHash('sha256').update(key).digest('hex');
  return `${key.slice(0, MAX_ID_LENGTH - digest.length - 1)}#${digest}`;
}

function attributesOf({ query = {} }: HttpOperation): Record<string, MessageAttributeValue> {
  const attributes = Object.entries(query).map(([key, value]) => {
    const { name, dataType: DataType } = parseAttributeKey(key);
    const content = isBinary(DataType) ? { BinaryValue: Buffer.from(value, 'base64') } : { StringValue: value };
    return [name, { DataType, ...content }] as const;
  });
  return Object.fromEntries(attributes);
}

function isFifo({ resource }: Arn): boolean {
  return resource.endsWith('.fifo');
}

function queueUrl({ partition, region, account, resource }: Arn): string {
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://sqs.${region}.${suffix}/${account}/${resource}`;
}

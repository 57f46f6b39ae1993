import { createHash } from 'node:crypto';
import { type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSMessageAttributes } from 'aws-lambda';
import type { Rejection } from '../../domain/boundary/failure-event.ts';

/** A message of the rejects queue. */
export interface Rejected {
  readonly reason: Rejection;
  readonly dependency: string;
  readonly rejectedAt: string;
  /** The message body as received. */
  readonly event: string;
  /** Attributes of a message from your own queue; binary values in Base64. */
  readonly attributes?: SQSMessageAttributes;
}

/** Limit of SQS for a message: body and attributes. */
const LIMIT = 1_048_576;
const NAME = 'rejected';
const TYPE = 'String';

/**
 * Creates a sender to the rejects queue. An event that is too large to wrap is sent as it is, with the reason as a
 * message attribute. If there is no room for that either, the event goes as it came, with its own attributes. The
 * reason follows in a message with the digest of the event's text.
 */
export function rejectsKeeper(client: SQSClient, QueueUrl: string): (rejected: Rejected) => Promise<void> {
  const send = async (MessageBody: string, MessageAttributes?: Record<string, MessageAttributeValue>) => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }));
  };
  return async (rejected) => {
    const wrapped = JSON.stringify(rejected);
    if (Buffer.byteLength(wrapped) <= LIMIT) return send(wrapped);
    const { event, attributes, ...facts } = rejected;
    const beside = JSON.stringify({ ...facts, attributes });
    if (Buffer.byteLength(event + NAME + TYPE + beside) <= LIMIT)
      return send(event, { [NAME]: { DataType: TYPE, StringValue: beside } });
    await send(event, attributes && asReceived(attributes));
    await send(JSON.stringify({ ...facts, eventSha256: createHash('sha256').update(event).digest('hex') }));
  };
}

function asReceived(attributes: SQSMessageAttributes): Record<string, MessageAttributeValue> {
  const entries = Object.entries(attributes).map(([name, { dataType: DataType, stringValue, binaryValue }]) => {
    const value =
      binaryValue === undefined ? { StringValue: stringValue } : { BinaryValue: Buffer.from(binaryValue, 'base64') };
    return [name, { DataType, ...value }] as const;
  });
  return Object.fromEntries(entries);
}

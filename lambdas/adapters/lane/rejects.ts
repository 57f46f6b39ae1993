import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
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

/** Below the limit of SQS, 1 MiB. */
const MAX_BYTES = 1_000_000;

/**
 * Creates a sender to the rejects queue. An event that is too large to wrap is sent as it is, with the reason as a
 * message attribute.
 */
export function rejectsKeeper(client: SQSClient, QueueUrl: string): (rejected: Rejected) => Promise<void> {
  return async (rejected) => {
    const wrapped = JSON.stringify(rejected);
    if (Buffer.byteLength(wrapped) <= MAX_BYTES) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: wrapped }));
      return;
    }
    const { event, attributes, ...facts } = rejected;
    const whole = JSON.stringify({ ...facts, attributes });
    const fits = Buffer.byteLength(event) + Buffer.byteLength(whole) <= MAX_BYTES;
    const StringValue = fits ? whole : JSON.stringify(facts);
    const MessageAttributes = { rejected: { DataType: 'String', StringValue } };
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: event, MessageAttributes }));
  };
}

import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSMessageAttributes } from 'aws-lambda';
import type { Rejection } from '../../domain/boundary/failure-event.ts';

/** What lies in the rejects queue. */
export interface Rejected {
  readonly reason: Rejection;
  readonly dependency: string;
  readonly rejectedAt: string;
  /** The message as it came. */
  readonly event: string;
  /** Attributes that the message had, where it was one of another queue; binary values in Base64. */
  readonly attributes?: SQSMessageAttributes;
}

/** Some way below the 1 MiB that SQS takes. */
const MAX_BYTES = 1_000_000;

/** Keeps what can't be accepted. An event too large to be wrapped is kept bare, with the facts as attributes of the message. */
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

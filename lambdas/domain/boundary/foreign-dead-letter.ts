import * as v from 'valibot';
import { type JsonText, parseJsonText, toJsonText } from '../../contract/json-text.ts';
import type { DependencyKind } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { digest } from '../digest.ts';
import { failureOfRecord, invocationFailure, SEVERAL_TRIES } from './aws-events.ts';
import { isOfService, payloadOf } from './foreign-payload.ts';
import { attributeKey, attributeText, type ReceivedAttribute, SENT_FAILURE_ID } from './message-attributes.ts';
import type { Rejection } from './rejection.ts';

/** A message of a foreign dead-letter queue, converted to a failure report that is not validated yet. */
type AdoptionResult =
  | { readonly kind: 'failure'; readonly detail: Readonly<Record<string, unknown>> & { readonly id: string } }
  | { readonly kind: 'reject'; readonly reason: Rejection };

/** An SQS message as a Lambda function receives it. */
interface ForeignDeadLetter {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: {
    readonly SentTimestamp: string;
    readonly MessageGroupId?: string | undefined;
    readonly AWSTraceHeader?: string | undefined;
    /** The queue that SQS itself has moved the message from. */
    readonly DeadLetterQueueSourceArn?: string | undefined;
  };
  readonly messageAttributes: MessageAttributes;
  readonly eventSourceARN: string;
}

type MessageAttributes = Readonly<Record<string, ReceivedAttribute>>;

/** Backstop gives up a message after sending it this many times. */
const MAX_SENDS = 3;
/** Delay before each resend, in seconds. The consumers have already failed repeatedly. */
const PAUSE_SECONDS = [0, 60, 600];

/**
 * Converts a dead letter of another service into a failure report.
 *
 * Services store the reason in message attributes: Lambda and SNS in `ErrorCode` and `ErrorMessage`, EventBridge in
 * `ERROR_CODE` and `ERROR_MESSAGE`. SQS stores none: its messages exceeded the receive count. A destination of Lambda
 * gets a record of the invocation.
 */
export function adoptDeadLetter(
  deadLetter: ForeignDeadLetter,
  dependency: string,
  kind: DependencyKind,
): AdoptionResult {
  const found = payloadOf(deadLetter, kind);
  switch (found.kind) {
    case 'reject':
      return found;
    case 'record':
      return failureFromRecord(found.record, dependency);
    case 'payload': {
      const { text: body, groupId } = found;
      const misfit = kind === 'lambda' ? notAnEvent(deadLetter, body) : undefined;
      if (misfit !== undefined) return { kind: 'reject', reason: { code: 'incomplete', message: misfit } };
      const MessageGroupId = groupId ?? deadLetter.attributes.MessageGroupId;
      const unwrapped = { ...deadLetter, body, attributes: { ...deadLetter.attributes, MessageGroupId } };
      return kind === 'lambda'
        ? failureFromInvocation(unwrapped, dependency)
        : failureFromMessage(unwrapped, dependency);
    }
    default:
      return found satisfies never;
  }
}

/**
 * Why a message is not the event of a function. The function would get it in place of the event around it, find nothing
 * to do, and succeed.
 */
function notAnEvent({ attributes, messageAttributes }: ForeignDeadLetter, body: string): string | undefined {
  if (isNotification(body)) return 'the message is a notification of SNS, which a function gets within another event';
  const isOfAService = Object.keys(messageAttributes).some((name) => isOfService(name, { messageAttributes }));
  if (attributes.DeadLetterQueueSourceArn === undefined || isOfAService) return undefined;
  return 'the message is one of a queue, which a function gets within another event: use the kind queue';
}

function isNotification(body: string): boolean {
  if (!body.includes('"TopicArn"')) return false;
  try {
    return v.is(Notification, JSON.parse(body));
  } catch {
    return false;
  }
}

/** SNS, "HTTP/HTTPS notification JSON format"; queues get the same. */
const Notification = v.object({
  Type: v.literal('Notification'),
  MessageId: v.string(),
  TopicArn: v.string(),
  Message: v.string(),
});

function failureFromRecord(record: unknown, dependency: string): AdoptionResult {
  const detail = failureOfRecord(record, dependency);
  if (detail) return { kind: 'failure', detail };
  const message = 'the record of the invocation lacks a field, such as timestamp';
  return { kind: 'reject', reason: { code: 'incomplete', message } };
}

function failureFromInvocation(deadLetter: ForeignDeadLetter, dependency: string): AdoptionResult {
  const { body, messageAttributes: attributes } = deadLetter;
  const payload = jsonTextOf(body);
  if (payload === undefined) {
    const message = 'the message is not valid JSON, which a function requires';
    return { kind: 'reject', reason: { code: 'malformed-json', message } };
  }
  const requestId = attributes.RequestID?.stringValue;
  const known = requestId !== undefined && /^[\w-]{1,50}$/.test(requestId);
  const again = invocationFailure(known ? requestId : deadLetter.messageId, dependency, payload);
  const id = known ? again.id : ownId(deadLetter);
  return { kind: 'failure', detail: { ...again, id, occurredAt: sentAt(deadLetter), error: errorOf(attributes) } };
}

function failureFromMessage(deadLetter: ForeignDeadLetter, dependency: string): AdoptionResult {
  const { body, attributes, messageAttributes } = deadLetter;
  const others = Object.entries(messageAttributes).filter(
    ([name]) => name !== SENT_FAILURE_ID && !isOfService(name, deadLetter),
  );
  if (others.some(([, attribute]) => attributeText(attribute) === undefined)) {
    const message = 'the message has an attribute without a value';
    return { kind: 'reject', reason: { code: 'invalid-field', message, path: 'operation.query' } };
  }
  const query = others.map(([name, attribute]) => [attributeKey(name, attribute.dataType), attributeText(attribute)]);
  const { id, round } = idOf(deadLetter);
  const operation = {
    method: 'POST',
    path: '/',
    body: toJsonText(body),
    query: query.length > 0 ? Object.fromEntries(query) : undefined,
    resourceId: attributes.MessageGroupId,
  };
  return {
    kind: 'failure',
    detail: {
      id,
      correlationId: correlationOf(attributes.AWSTraceHeader) ?? id,
      dependency,
      occurredAt: sentAt(deadLetter),
      operation,
      error: round > 0 ? resendError(round) : errorOf(messageAttributes),
    },
  };
}

/** Uses the root of the X-Ray trace, which holds no data of the message. */
function correlationOf(traceHeader: string | undefined): string | undefined {
  return /Root=([\w-]{1,128})/.exec(traceHeader ?? '')?.[1];
}

/** Gives a resent message a new failure id, so that it can't be confused with the failure that first sent it. */
function idOf(deadLetter: ForeignDeadLetter): { readonly id: string; readonly round: number } {
  const sentBy = deadLetter.messageAttributes[SENT_FAILURE_ID]?.stringValue;
  if (sentBy === undefined) return { id: ownId(deadLetter), round: 0 };
  const [, before = sentBy, rounds = '0'] = /^(.*)\.again(\d{1,6})$/.exec(sentBy) ?? [];
  const round = Number(rounds) + 1;
  // Ids have at most 64 characters, and this one is not validated yet.
  const base = /^[A-Za-z0-9][\w.-]{0,49}$/.test(before) ? before : `sqs-${digest(before)}`;
  return { id: `${base}.again${round}`, round };
}

function ownId({ eventSourceARN, messageId }: ForeignDeadLetter): string {
  return `sqs-${digest(`${eventSourceARN}\n${messageId}`)}`;
}

/**
 * The error of a message that Backstop sent and its consumers failed again. Requests the delay as a service would, by
 * `retry-after`.
 */
function resendError(round: number): ReportedError {
  if (round >= MAX_SENDS) return { name: 'MessageSentBackError', message: `sent ${round} times, and failed each time` };
  const headers = { 'retry-after': String(PAUSE_SECONDS[round]) };
  return { name: 'MessageNotConsumedError', message: 'sent once more, and failed once more', headers };
}

const LONGEST_NAME = 256;

function errorOf(attributes: MessageAttributes): ReportedError {
  const text = (name: string) => attributes[name]?.stringValue || undefined;
  const message = text('ErrorMessage') ?? text('ERROR_MESSAGE');
  const eventBridge = text('ERROR_CODE');
  if (eventBridge !== undefined) {
    const retries = Number(text('RETRY_ATTEMPTS'));
    const attempts = text('RETRY_ATTEMPTS') !== undefined && Number.isInteger(retries) ? retries + 1 : SEVERAL_TRIES;
    return { name: 'EventDeliveryError', code: eventBridge.slice(0, LONGEST_NAME), message, attempts };
  }
  const status = Number(text('ErrorCode'));
  // A status of 200 means that Lambda invoked the function and the function failed.
  if (Number.isInteger(status) && status >= 300 && status <= 999)
    return { statusCode: status, message, attempts: SEVERAL_TRIES };
  return { name: message === undefined ? 'MessageNotConsumedError' : 'FunctionError', message };
}

function sentAt({ attributes: { SentTimestamp } }: ForeignDeadLetter): string {
  return iso(Number(SentTimestamp));
}

function jsonTextOf(body: string): JsonText | undefined {
  try {
    return parseJsonText(body);
  } catch {
    return undefined;
  }
}

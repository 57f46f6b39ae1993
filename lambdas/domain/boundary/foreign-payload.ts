import * as v from 'valibot';
import type { DependencyKind } from '../../contract/settings.ts';
import { liftTexts, type Place } from '../json/json-places.ts';
import type { ReceivedAttribute } from './message-attributes.ts';
import type { Rejection } from './rejection.ts';

/** What a message of a foreign dead-letter queue holds. */
export type ForeignPayload =
  /** What was to be delivered, as text. */
  | { readonly kind: 'payload'; readonly text: string; readonly groupId?: string | undefined }
  /** Lambda's record of a failed invocation, with the payload lifted as text. */
  | { readonly kind: 'record'; readonly record: unknown }
  | { readonly kind: 'reject'; readonly reason: Rejection };

interface Message {
  readonly body: string;
  readonly messageAttributes: Readonly<Record<string, ReceivedAttribute>>;
}

/** Attributes that services add to a dead letter. */
const SERVICE_ATTRIBUTES: ReadonlySet<string> = new Set([
  // Lambda and SNS.
  'RequestID',
  'ErrorCode',
  'ErrorMessage',
  // Rules and schedules of EventBridge.
  'RULE_ARN',
  'TARGET_ARN',
  'ERROR_CODE',
  'ERROR_MESSAGE',
  'EXHAUSTED_RETRY_CONDITION',
  'RETRY_ATTEMPTS',
]);
/** Attributes that only a schedule adds, all of them. */
const SCHEDULE_ATTRIBUTES: ReadonlySet<string> = new Set([
  'EXECUTION_ID',
  'IS_PAYLOAD_TRUNCATED',
  'SCHEDULED_TIME',
  'SCHEDULE_ARN',
]);

/** Whether a service added the attribute to the dead letter, so that it is not part of the message. */
export function isOfService(name: string, { messageAttributes }: Pick<Message, 'messageAttributes'>): boolean {
  return SERVICE_ATTRIBUTES.has(name) || (isOfSchedule(messageAttributes) && SCHEDULE_ATTRIBUTES.has(name));
}

function isOfSchedule({ SCHEDULE_ARN }: Message['messageAttributes']): boolean {
  return SCHEDULE_ARN !== undefined;
}

const PAYLOADS: Place = { members: { requestPayload: 'text-or-null', Payload: 'text-or-null' } };

/** Lambda's record of an invocation that failed, as an on-failure destination gets it. */
const InvocationRecord = v.object({
  requestContext: v.object({ requestId: v.string(), functionArn: v.string(), condition: v.string() }),
});
/** The calls of AWS's API that a schedule makes for a queue or a function. */
const SendMessageCall = v.strictObject({
  QueueUrl: v.string(),
  MessageBody: v.string(),
  MessageGroupId: v.optional(v.string()),
});
const InvokeCall = v.object({ FunctionName: v.string(), Payload: v.string() });

/**
 * Finds what was to be delivered in a message of a foreign dead-letter queue. Some services wrap it, and some leave it
 * out or cut it. Such a message must not be delivered in its place.
 */
export function payloadOf({ body, messageAttributes }: Message, kind: DependencyKind): ForeignPayload {
  if (isOfSchedule(messageAttributes)) {
    const isCut = messageAttributes.IS_PAYLOAD_TRUNCATED?.stringValue?.toLowerCase() === 'true';
    return isCut ? incomplete('the schedule has cut its payload') : payloadOfSchedule(body, kind);
  }
  // Lambda puts no attributes on the records of destinations. A dead letter of its own has the event itself.
  const isFromQueue = Object.keys(messageAttributes).length > 0;
  const record = kind === 'lambda' && !isFromQueue ? jsonOf(body) : undefined;
  if (!v.is(InvocationRecord, record)) return { kind: 'payload', text: body };
  return Object.hasOwn(record, 'requestPayload')
    ? { kind: 'record', record }
    : incomplete('the message is a record about a batch of a stream, and does not hold its records');
}

/** A schedule keeps the call that it makes, of which the message or the payload is a part. */
function payloadOfSchedule(body: string, kind: DependencyKind): ForeignPayload {
  const call = jsonOf(body);
  if (kind === 'lambda') {
    if (!v.is(InvokeCall, call)) return { kind: 'payload', text: body };
    return { kind: 'payload', text: call.Payload.startsWith('"') ? JSON.parse(call.Payload) : call.Payload };
  }
  const isCall = v.is(v.object({ QueueUrl: v.string(), MessageBody: v.string() }), call);
  if (!isCall) return { kind: 'payload', text: body };
  if (!v.is(SendMessageCall, call)) return incomplete('the call of the schedule sets more than a body and a group');
  return { kind: 'payload', text: call.MessageBody, groupId: call.MessageGroupId };
}

function incomplete(message: string): ForeignPayload {
  return { kind: 'reject', reason: { code: 'incomplete', message } };
}

function jsonOf(text: string): unknown {
  try {
    JSON.parse(text);
    return JSON.parse(liftTexts(text, PAYLOADS));
  } catch {
    return undefined;
  }
}

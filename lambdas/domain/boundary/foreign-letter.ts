import type { DependencyKind } from '../../contract/settings.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { digest, invocation } from './aws-events.ts';
import type { Rejection } from './failure-event.ts';
import { attributeKey, SENT_BY } from './message-attributes.ts';

/** A message of somebody else's dead-letter queue as a report of a failure, still to be judged. */
export type Adopted =
  | { readonly kind: 'failure'; readonly detail: Readonly<Record<string, unknown>> & { readonly id: string } }
  | { readonly kind: 'reject'; readonly reason: Rejection };

/** A message as a function receives it from SQS. */
interface Letter {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: {
    readonly SentTimestamp: string;
    readonly MessageGroupId?: string | undefined;
    readonly AWSTraceHeader?: string | undefined;
  };
  readonly messageAttributes: MessageAttributes;
  readonly eventSourceARN: string;
}

type MessageAttributes = Readonly<
  Record<string, { readonly dataType: string; readonly stringValue?: string | undefined }>
>;

/** A message that has come back so often since Backstop sent it is given up. */
export const MAX_ROUNDS = 3;
/** How long a message is left alone before it is sent once more: its consumers have failed at it often. */
const PAUSE_SECONDS = [0, 60, 600];

/**
 * What a dead letter of another service says. The services put why they gave up into attributes: Lambda and SNS as `ErrorCode` and
 * `ErrorMessage`, EventBridge as `ERROR_CODE` and `ERROR_MESSAGE`; of SQS itself there is nothing but that it was received too often.
 */
export function adoptLetter(letter: Letter, dependency: string, kind: DependencyKind): Adopted {
  return kind === 'lambda' ? invocationAgain(letter, dependency) : messageAgain(letter, dependency);
}

function invocationAgain(letter: Letter, dependency: string): Adopted {
  const { body, messageAttributes: attributes } = letter;
  const payload = parsed(body);
  if (!payload) {
    const message = 'the message is not valid JSON, which a function requires';
    return { kind: 'reject', reason: { code: 'malformed-json', message } };
  }
  const requestId = attributes.RequestID?.stringValue;
  const known = requestId !== undefined && /^[\w-]{1,50}$/.test(requestId);
  const again = invocation(known ? requestId : letter.messageId, dependency, payload.value);
  const id = known ? again.id : ownId(letter);
  return { kind: 'failure', detail: { ...again, id, occurredAt: sentAt(letter), error: errorOf(attributes) } };
}

function messageAgain(letter: Letter, dependency: string): Adopted {
  const { body, attributes, messageAttributes } = letter;
  const others = Object.entries(messageAttributes).filter(([name]) => !OF_SERVICES.has(name));
  if (others.some(([, { stringValue }]) => stringValue === undefined)) {
    const message = 'the message has an attribute that is neither text nor a number';
    return { kind: 'reject', reason: { code: 'invalid-field', message, path: 'operation.query' } };
  }
  const query = others.map(([name, { dataType, stringValue }]) => [attributeKey(name, dataType), stringValue]);
  const { id, round } = idOf(letter);
  const operation = {
    method: 'POST',
    path: '/',
    body,
    ...(query.length > 0 && { query: Object.fromEntries(query) }),
    ...(attributes.MessageGroupId !== undefined && { resourceId: attributes.MessageGroupId }),
  };
  return {
    kind: 'failure',
    detail: {
      ...{ id, correlationId: correlationOf(attributes.AWSTraceHeader) ?? id, dependency, occurredAt: sentAt(letter) },
      ...{ operation, error: round > 0 ? sentBack(round) : errorOf(messageAttributes) },
    },
  };
}

/** Which has nothing of the message itself: the root of its trace. */
function correlationOf(traceHeader: string | undefined): string | undefined {
  return /Root=([\w-]{1,128})/.exec(traceHeader ?? '')?.[1];
}

/** A failure of its own, and so one that can't be taken for the one that Backstop has sent the message for. */
function idOf(letter: Letter): { readonly id: string; readonly round: number } {
  const sentBy = letter.messageAttributes[SENT_BY]?.stringValue;
  if (sentBy === undefined) return { id: ownId(letter), round: 0 };
  const [, before = sentBy, rounds = '0'] = /^(.*)\.again(\d{1,6})$/.exec(sentBy) ?? [];
  const round = Number(rounds) + 1;
  // An id has 64 characters at most, and this one is no event's yet.
  const base = /^[A-Za-z0-9][\w.-]{0,49}$/.test(before) ? before : `sqs-${digest(before)}`;
  return { id: `${base}.again${round}`, round };
}

function ownId({ eventSourceARN, messageId }: Letter): string {
  return `sqs-${digest(`${eventSourceARN}\n${messageId}`)}`;
}

/** It was sent by Backstop, received, and failed at once more. Its pauses are asked for as a service would ask for them. */
function sentBack(round: number): ReportedError {
  if (round >= MAX_ROUNDS)
    return { name: 'MessageSentBackError', message: `sent ${round} times, and failed each time` };
  const headers = { 'retry-after': String(PAUSE_SECONDS[round]) };
  return { name: 'MessageNotConsumedError', message: 'sent once more, and failed once more', headers };
}

/** Attributes by which services say why they gave up, and ours: they belong to the letter, not to the message. */
const OF_SERVICES: ReadonlySet<string> = new Set([
  SENT_BY,
  'RequestID',
  'ErrorCode',
  'ErrorMessage',
  'RULE_ARN',
  'TARGET_ARN',
  'ERROR_CODE',
  'ERROR_MESSAGE',
  'EXHAUSTED_RETRY_CONDITION',
  'RETRY_ATTEMPTS',
]);

const LONGEST_NAME = 256;

function errorOf(attributes: MessageAttributes): ReportedError {
  const text = (name: string) => attributes[name]?.stringValue || undefined;
  const message = text('ErrorMessage') ?? text('ERROR_MESSAGE');
  const said = message === undefined ? {} : { message };
  const eventBridge = text('ERROR_CODE');
  if (eventBridge !== undefined)
    return { name: 'EventDeliveryError', code: eventBridge.slice(0, LONGEST_NAME), ...said };
  const status = Number(text('ErrorCode'));
  // 200 says that the function was invoked, and failed.
  if (Number.isInteger(status) && status >= 300 && status < 600) return { statusCode: status, ...said };
  return { name: message === undefined ? 'MessageNotConsumedError' : 'FunctionError', ...said };
}

function sentAt({ attributes: { SentTimestamp } }: Letter): string {
  return new Date(Number(SentTimestamp)).toISOString();
}

function parsed(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
}

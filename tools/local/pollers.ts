import type { Assembly, Resource } from './assembly.ts';
import { compilePattern, type Matcher } from './event-pattern.ts';
import type { Functions, InvocationResult } from './functions.ts';
import { send } from './protocol.ts';
import type { Queues } from './queues.ts';
import { refusal } from './refusal.ts';
import { REGION } from './resource-kinds.ts';
import type { Site } from './site.ts';

/** Properties of an event source mapping. */
export interface Mapping {
  readonly EventSourceArn: string;
  readonly FunctionName: string;
  readonly Enabled?: boolean;
  readonly BatchSize?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern: string }[] };
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly MaximumRetryAttempts?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
}

/** Event source mappings of one service. Of streams, only the enabled ones. */
export function mappingsOf(assembly: Assembly, service: 'sqs' | 'dynamodb'): readonly Resource<Mapping>[] {
  return assembly.all<Mapping>('AWS::Lambda::EventSourceMapping').filter((mapping) => {
    const { EventSourceArn, Enabled } = mapping.properties;
    const source = EventSourceArn?.split(':')[2];
    if (source !== 'sqs' && source !== 'dynamodb')
      throw refusal(mapping, 'EventSourceArn', `the embedded cloud can't poll ${EventSourceArn}`);
    return source === service && (service === 'sqs' || Enabled !== false);
  });
}

/** @returns a matcher of records. Without criteria, every record matches. */
export function filterOf(mapping: Resource<Mapping>): Matcher {
  const filters = mapping.properties.FilterCriteria?.Filters ?? [];
  try {
    const matchers = filters.map(({ Pattern }) => compilePattern(JSON.parse(Pattern)));
    return (record) => matchers.length === 0 || matchers.some((matches) => matches(record));
  } catch (cause) {
    throw refusal(mapping, 'FilterCriteria', cause);
  }
}

/**
 * Reads a partial batch response.
 * @param ids Item identifiers of the batch.
 * @returns the failed ids. All of them if the function failed or named an id outside the batch.
 */
export function failuresOf(
  result: InvocationResult,
  ids: readonly string[],
  { FunctionResponseTypes }: Mapping,
): ReadonlySet<string> {
  if (!result.ok) return new Set(ids);
  if (!FunctionResponseTypes?.includes('ReportBatchItemFailures')) return new Set();
  const failures: unknown = JSON.parse(result.payload)?.batchItemFailures ?? [];
  const failed: unknown[] = Array.isArray(failures) ? failures.map((failure) => failure?.itemIdentifier) : [undefined];
  const known = failed.filter((id) => typeof id === 'string' && ids.includes(id)) as string[];
  return new Set(known.length === failed.length ? known : ids);
}

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<
    Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>
  >;
}

/**
 * Delivers queue messages to functions until the cloud stops. The emulator returns one message of a FIFO group at a
 * time; SQS may return several.
 *
 * @param replaced ends the polls; what a function has received already stays with it
 */
export function startQueuePollers(site: Site, queues: Queues, functions: Functions, replaced: AbortSignal): void {
  for (const mapping of mappingsOf(site.assembly, 'sqs'))
    void poll(mapping, batchHandler(mapping, site, queues, functions), site, queues, replaced);
}

type BatchHandler = (received: readonly Message[]) => Promise<void>;

async function poll(
  { name, properties }: Resource<Mapping>,
  handle: BatchHandler,
  { stopped, switches }: Site,
  queues: Queues,
  replaced: AbortSignal,
): Promise<void> {
  const { EventSourceArn, BatchSize = 10, ScalingConfig, Enabled } = properties;
  if (Enabled === false) switches.turn(name, 'off');
  const request = {
    QueueUrl: queues.urlOf(EventSourceArn),
    WaitTimeSeconds: 20,
    MaxNumberOfMessages: Math.min(BatchSize, 10),
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  };
  const running = new Set<Promise<void>>();
  while (!stopped.aborted && !replaced.aborted) {
    if (running.size >= (ScalingConfig?.MaximumConcurrency ?? 10)) await Promise.race(running);
    await switches.on(name);
    const { Messages } = await send<{ Messages?: Message[] }>(queues.sqs, 'ReceiveMessage', request);
    if (Messages === undefined || stopped.aborted) continue;
    if (switches.isOff(name) || replaced.aborted) {
      // The mapping was disabled or replaced during the receive: return the messages.
      const Entries = Messages.map(({ MessageId, ReceiptHandle }) => ({
        Id: MessageId,
        ReceiptHandle,
        VisibilityTimeout: 0,
      }));
      await send(queues.sqs, 'ChangeMessageVisibilityBatch', { QueueUrl: request.QueueUrl, Entries });
      continue;
    }
    const work = handle(Messages).finally(() => running.delete(work));
    running.add(work);
  }
}

function batchHandler(mapping: Resource<Mapping>, site: Site, queues: Queues, functions: Functions): BatchHandler {
  const { properties } = mapping;
  const matches = filterOf(mapping);
  const source = site.assembly.find(properties.EventSourceArn);
  const remove = async (messages: readonly Message[]) => {
    const Entries = messages.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }));
    if (Entries.length > 0)
      await send(queues.sqs, 'DeleteMessageBatch', { QueueUrl: queues.urlOf(source.arn), Entries });
  };
  return async (received) => {
    const [messages, others] = split(received, (message) => matches(filterable(message)));
    await remove(others);
    if (messages.length === 0) return;
    const event = JSON.stringify({ Records: messages.map((message) => recordOf(message, source.arn)) });
    const result = await functions.invoke(properties.FunctionName, event);
    if (site.stopped.aborted) return;
    const ids = messages.map(({ MessageId }) => MessageId);
    const failures = failuresOf(result, ids, properties);
    await remove(messages.filter(({ MessageId }) => !failures.has(MessageId)));
  };
}

function split<Value>(values: readonly Value[], isFirst: (value: Value) => boolean): [Value[], Value[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}

function filterable({ Body, Attributes, MessageAttributes }: Message): object {
  let body: unknown = Body;
  try {
    body = JSON.parse(Body);
  } catch {
    // A body that isn't JSON is matched as text.
  }
  return { body, attributes: Attributes, messageAttributes: MessageAttributes };
}

function recordOf(message: Message, eventSourceARN: string): object {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => {
    const { DataType: dataType, StringValue: stringValue, BinaryValue: binaryValue } = value;
    return [name, { stringValue, binaryValue, stringListValues: [], binaryListValues: [], dataType }];
  });
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: REGION,
  };
}

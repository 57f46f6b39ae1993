import type { Assembly, Resource } from './assembly.ts';
import { compilePattern, type Matcher } from './event-pattern.ts';
import type { Functions, InvocationResult } from './functions.ts';
import { send } from './protocol.ts';
import type { Queues } from './queues.ts';
import { REGION } from './resource-kinds.ts';
import { refusal, type Site } from './site.ts';

/** Properties of an event source mapping. */
export interface Mapping {
  readonly EventSourceArn: string;
  readonly FunctionName: string;
  readonly Enabled?: boolean;
  readonly BatchSize?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern: string }[] };
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly MaximumRetryAttempts?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
}

/** The mappings that are enabled, from all sources of one service. */
export function mappingsOf(assembly: Assembly, service: 'sqs' | 'dynamodb'): readonly Resource<Mapping>[] {
  return assembly.all<Mapping>('AWS::Lambda::EventSourceMapping').filter((mapping) => {
    const { EventSourceArn, Enabled } = mapping.properties;
    const source = EventSourceArn?.split(':')[2];
    if (source !== 'sqs' && source !== 'dynamodb')
      throw refusal(mapping, 'EventSourceArn', `${EventSourceArn} can't run locally`);
    return source === service && Enabled !== false;
  });
}

/** @returns a matcher of records; without criteria everything matches. */
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
 * @returns which of them failed: all, where the function failed or named one that isn't in the batch.
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

/** Hands the messages of queues to functions, until the cloud is stopped. */
export function startQueuePollers(site: Site, queues: Queues, functions: Functions): void {
  for (const mapping of mappingsOf(site.assembly, 'sqs')) void poll(mapping, site, queues, functions);
}

async function poll(mapping: Resource<Mapping>, site: Site, queues: Queues, functions: Functions): Promise<void> {
  const { assembly, stopped } = site;
  const { properties } = mapping;
  const matches = filterOf(mapping);
  const source = assembly.find(properties.EventSourceArn);
  const QueueUrl = queues.urlOf(source.arn);
  const returnMs = Number(source.properties.VisibilityTimeout ?? 30) * 1000 * site.timeScale;
  const running = new Set<Promise<void>>();

  const remove = async (messages: readonly Message[]) => {
    const Entries = messages.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }));
    if (Entries.length > 0) await send(queues.unscaled, 'DeleteMessageBatch', { QueueUrl, Entries });
  };
  const handle = async (received: readonly Message[]) => {
    const receivedAt = Date.now();
    const messages = received.filter((message) => matches(filterable(message)));
    await remove(received.filter((message) => !messages.includes(message)));
    if (messages.length === 0) return;
    const event = JSON.stringify({ Records: messages.map((message) => recordOf(message, source.arn)) });
    const result = await functions.invoke(properties.FunctionName, event);
    if (stopped.aborted) return;
    const failed = failuresOf(
      result,
      messages.map(({ MessageId }) => MessageId),
      properties,
    );
    await remove(messages.filter(({ MessageId }) => !failed.has(MessageId)));
    // Only what failed comes back at scaled time: a function is as slow as ever, so its messages must not come back under it.
    const VisibilityTimeout = Math.max(0, returnMs - (Date.now() - receivedAt)) / 1000;
    for (const { MessageId, ReceiptHandle } of messages)
      if (failed.has(MessageId))
        await send(queues.unscaled, 'ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout });
  };

  while (!stopped.aborted) {
    if (running.size >= (properties.ScalingConfig?.MaximumConcurrency ?? 10)) await Promise.race(running);
    const batch = await receive(QueueUrl, properties, site, queues);
    if (batch.length === 0) continue;
    const work = handle(batch).finally(() => running.delete(work));
    running.add(work);
  }
}

/** Waits for messages, and for more of them as long as the batching window is open. */
async function receive(
  QueueUrl: string,
  mapping: Mapping,
  { timeScale, stopped }: Site,
  queues: Queues,
): Promise<Message[]> {
  const { BatchSize = 10, MaximumBatchingWindowInSeconds = 0 } = mapping;
  const batch: Message[] = [];
  let WaitTimeSeconds = 20;
  let closesAt = Number.POSITIVE_INFINITY;
  do {
    const { Messages = [] } = await send<{ Messages?: Message[] }>(queues.unscaled, 'ReceiveMessage', {
      QueueUrl,
      WaitTimeSeconds,
      MaxNumberOfMessages: Math.min(10, BatchSize - batch.length),
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    batch.push(...Messages);
    closesAt = Math.min(closesAt, Date.now() + MaximumBatchingWindowInSeconds * 1000 * timeScale);
    WaitTimeSeconds = Math.max(0, closesAt - Date.now()) / 1000;
  } while (!stopped.aborted && batch.length > 0 && batch.length < BatchSize && WaitTimeSeconds > 0);
  return batch;
}

function filterable({ Body, Attributes, MessageAttributes }: Message): object {
  let body: unknown = Body;
  try {
    body = JSON.parse(Body);
  } catch {
    // What is no JSON is matched as text.
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

import { buildApp } from 'fauxqs';
import type { Assembly } from './assembly.ts';
import { LongPolling, type PolledQueue } from './long-polling.ts';
import { withMessageMoves } from './message-moves.ts';
import { type Answer, type Service, send } from './protocol.ts';
import { refusal } from './refusal.ts';
import { ACCOUNT, REGION } from './resource-kinds.ts';
import type { Site } from './site.ts';

/** SQS and SNS. */
export interface Queues {
  readonly sqs: Service;
  readonly sns: Service;
  urlOf(arn: string): string;
  /** Age of a queue's oldest message, in seconds. Undefined if the queue is empty. */
  oldestAge(name: string): Promise<number | undefined>;
  /** Sends to the queue with this ARN. @throws AwsError if the queue rejects the message. */
  sendTo(arn: string, body: string, attributes?: Readonly<Record<string, string>>): Promise<void>;
  /** Creates the queues that the assembly has now, and gives the others their new attributes. */
  deploy(): Promise<void>;
  stop(): Promise<void>;
}

interface SubscriptionProperties {
  readonly TopicArn: string;
  readonly Protocol: string;
  readonly Endpoint: string;
  readonly RawMessageDelivery?: boolean;
  readonly FilterPolicy?: object;
  readonly FilterPolicyScope?: string;
}

/** The emulator's report on a queue's messages. */
interface Inspection {
  readonly ready: readonly { readonly sentTimestamp: number }[];
  readonly inflight: readonly { readonly message: { readonly sentTimestamp: number } }[];
}

/** A queue as the emulator has it. */
interface KnownQueue extends PolledQueue {
  readonly attributes: Readonly<Record<string, string>>;
}

export async function startQueues({ assembly, endpoint, stopped }: Site): Promise<Queues> {
  const app = buildApp({ logger: false });
  const call = async (contentType: string, body: string, target = ''): Promise<Answer> => {
    const headers = { 'content-type': contentType, 'x-amz-target': target };
    const answer = await app.inject({ method: 'POST', url: '/', headers, payload: body });
    // The emulator's queue URLs don't lead to the gateway.
    const text = answer.body.replaceAll(`http://sqs.${REGION}.localhost:80/`, `${endpoint}/`);
    return { status: answer.statusCode, contentType: String(answer.headers['content-type']), body: text };
  };
  const emulated: Service = (operation, body) => call('application/x-amz-json-1.0', body, `AmazonSQS.${operation}`);
  const known = new Map<string, KnownQueue>();
  await createQueues(assembly, emulated, known);
  const polling = new LongPolling(known, stopped);
  const sns: Service = async (_, body) => {
    const answer = await call('application/x-www-form-urlencoded', body);
    polling.wakeAll();
    return answer;
  };
  await createTopics(assembly, sns);
  const urlOf = (arn: string) => `${endpoint}/${ACCOUNT}/${assembly.find(arn).name}`;
  const sqs = withMessageMoves(polling.over(emulated), assembly, urlOf);
  return {
    sqs,
    sns,
    urlOf,
    oldestAge: async (name) => {
      const { ready, inflight }: Inspection = (await app.inject({ url: `/_fauxqs/queues/${name}` })).json().messages;
      const sent = [...ready, ...inflight.map(({ message }) => message)].map(({ sentTimestamp }) => sentTimestamp);
      return sent.length === 0 ? undefined : (Date.now() - Math.min(...sent)) / 1_000;
    },
    sendTo: async (arn, body, attributes = {}) => {
      const typed = Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]);
      const message = { QueueUrl: urlOf(arn), MessageBody: body, MessageAttributes: Object.fromEntries(typed) };
      await send(sqs, 'SendMessage', message);
    },
    deploy: () => createQueues(assembly, emulated, known),
    stop: async () => app.close(),
  };
}

async function createQueues(assembly: Assembly, sqs: Service, known: Map<string, KnownQueue>): Promise<void> {
  for (const { name, properties } of assembly.all<Readonly<Record<string, unknown>>>('AWS::SQS::Queue')) {
    const { QueueName: _, Tags = [], ...attributes } = properties;
    const texts = Object.entries(attributes).map(([key, value]) => [key, textOf(value)]);
    const Attributes = Object.fromEntries(texts);
    const created = known.get(name)?.attributes;
    const changed = Object.fromEntries(texts.filter(([key = '', text]) => created?.[key] !== text));
    if (!created) await send(sqs, 'CreateQueue', { QueueName: name, Attributes, tags: tagsOf(Tags) });
    else if (Object.keys(changed).length > 0)
      await send(sqs, 'SetQueueAttributes', { QueueUrl: `http://sqs/${ACCOUNT}/${name}`, Attributes: changed });
    const { deadLetterTargetArn } = (attributes.RedrivePolicy ?? {}) as { readonly deadLetterTargetArn?: string };
    known.set(name, {
      attributes: Attributes,
      visibility: Number(attributes.VisibilityTimeout ?? 30),
      deadLetterQueue: deadLetterTargetArn && assembly.find(deadLetterTargetArn).name,
    });
  }
}

function tagsOf(tags: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries((tags as readonly { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
}

async function createTopics(assembly: Assembly, sns: Service): Promise<void> {
  for (const { name, properties } of assembly.all<{ FifoTopic?: boolean }>('AWS::SNS::Topic'))
    await callSns(sns, { Action: 'CreateTopic', Name: name, ...entries({ FifoTopic: properties.FifoTopic }) });
  for (const resource of assembly.all<SubscriptionProperties>('AWS::SNS::Subscription')) {
    const { TopicArn, Protocol, Endpoint, RawMessageDelivery, FilterPolicy, FilterPolicyScope } = resource.properties;
    // The embedded cloud sends no email.
    if (Protocol === 'email') continue;
    if (Protocol !== 'sqs')
      throw refusal(resource, 'Protocol', `the embedded cloud supports only sqs, got ${Protocol}`);
    const attributes = entries({ RawMessageDelivery, FilterPolicy, FilterPolicyScope });
    await callSns(sns, { Action: 'Subscribe', TopicArn, Protocol, Endpoint, ...attributes });
  }
}

async function callSns(sns: Service, parameters: Record<string, string>): Promise<void> {
  const { status, body } = await sns('', new URLSearchParams(parameters).toString());
  if (status >= 400) throw new Error(body);
}

/** Converts attributes to SNS's query protocol, which numbers them. */
function entries(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const numbered = given.flatMap(([key, value], index) => [
    [`Attributes.entry.${index + 1}.key`, key],
    [`Attributes.entry.${index + 1}.value`, textOf(value)],
  ]);
  return Object.fromEntries(numbered);
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

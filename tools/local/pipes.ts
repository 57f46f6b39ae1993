import type { Resource } from './assembly.ts';
import { underFault } from './faults.ts';
import { transformPiped } from './input-transform.ts';
import { send } from './protocol.ts';
import type { Queues } from './queues.ts';
import { refusal } from './refusal.ts';
import { callAs, type Site } from './site.ts';

/** Properties of a pipe from a queue to a bus. */
interface PipeProperties {
  readonly Source: string;
  readonly Target: string;
  readonly SourceParameters?: { readonly SqsQueueParameters?: { readonly BatchSize?: number } };
  readonly TargetParameters?: {
    readonly InputTemplate?: string;
    readonly EventBridgeEventBusParameters?: { readonly DetailType?: string; readonly Source?: string };
  };
}

const WHOLE = '<$.body>';

type Pipe = Resource<PipeProperties>;

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
}

/** Moves messages from queues to buses until the cloud stops. A message leaves its queue once the bus has the event. */
export function startPipes(site: Site, queues: Queues, replaced: AbortSignal): void {
  for (const pipe of site.assembly.all<PipeProperties>('AWS::Pipes::Pipe')) {
    checkPipe(pipe);
    void run(pipe, site, queues, replaced);
  }
}

function checkPipe(pipe: Pipe): void {
  const { Source, Target, TargetParameters: { InputTemplate } = {} } = pipe.properties;
  const isRunnable = Source.split(':')[2] === 'sqs' && Target.split(':')[2] === 'events' && InputTemplate;
  if (!isRunnable)
    throw refusal(pipe, 'Source', 'the embedded cloud runs only pipes with a template, from a queue to a bus');
}

async function run(pipe: Pipe, site: Site, queues: Queues, replaced: AbortSignal): Promise<void> {
  const { properties } = pipe;
  const { Source, Target, SourceParameters, TargetParameters } = properties;
  const { InputTemplate = '', EventBridgeEventBusParameters } = TargetParameters ?? {};
  const { DetailType, Source: source } = EventBridgeEventBusParameters ?? {};
  const MaxNumberOfMessages = SourceParameters?.SqsQueueParameters?.BatchSize ?? 10;
  const QueueUrl = queues.urlOf(Source);
  while (!site.stopped.aborted && !replaced.aborted) {
    const request = { QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages };
    const { Messages = [] } = await send<{ Messages?: Message[] }>(queues.sqs, 'ReceiveMessage', request);
    if (Messages.length === 0 || site.stopped.aborted) continue;
    const Entries = Messages.map(({ Body }) => {
      const Detail = detailOf(InputTemplate, Body);
      return { EventBusName: Target, DetailType, Source: source, Detail };
    });
    const taken = await put(pipe, Entries, site);
    const done = Messages.filter((_, index) => taken[index]).map(({ MessageId: Id, ReceiptHandle }) => ({
      Id,
      ReceiptHandle,
    }));
    if (done.length > 0) await send(queues.sqs, 'DeleteMessageBatch', { QueueUrl, Entries: done });
  }
}

/** A whole message stays as it is, to the byte. */
function detailOf(template: string, body: string): string {
  return template === WHOLE ? body : transformPiped(template, { body }, new Date().toISOString());
}

/** @returns for each entry whether the bus took it */
async function put(pipe: Pipe, Entries: readonly object[], site: Site): Promise<readonly boolean[]> {
  const caller = pipe.id;
  const body = JSON.stringify({ Entries });
  const fault = site.hooks.decide({ caller, service: 'events', operation: 'PutEvents', body, trigger: body, nth: 1 });
  const answer = await underFault(fault, 'events', () =>
    callAs(site, site.access.roleOf(pipe), { service: 'events', operation: 'PutEvents', body }),
  );
  const { Entries: results = [] }: { Entries?: { readonly EventId?: string }[] } = JSON.parse(answer?.body ?? '{}');
  return Entries.map((_, index) => results[index]?.EventId !== undefined);
}

import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import type { Lane } from './deployment.ts';
import { NotFoundError, UsageError } from './errors.ts';
import type { Session } from './session.ts';

/** Source and target of a redrive. */
export interface Route {
  /** Name of the run: only one redrive of a name runs at a time. */
  readonly name: string;
  readonly sourceUrl: string;
  readonly targetUrl: string;
  /** The dependency whose circuits gate the redrive; absent if the target is not a lane. */
  readonly dependency?: string;
  /** Whether to move messages that are neither dead letters nor events. */
  readonly anything: boolean;
  /** Arguments of `dlq redrive` that select this route. */
  readonly said: string;
  /** Source and target in words. */
  readonly words: string;
}

export function laneRoute({ name, queueUrl, deadLetterQueueUrl }: Lane): Route {
  return {
    name,
    sourceUrl: deadLetterQueueUrl,
    targetUrl: queueUrl,
    dependency: name,
    anything: false,
    said: ` ${shellWord(name)}`,
    words: `of ${name} to its lane`,
  };
}

/** The route from the parked queue to the lane, for one failure. */
export function parkedRoute({ deployment }: Pick<Session, 'deployment'>, { name, queueUrl }: Lane, id: string): Route {
  return {
    name: 'parked',
    sourceUrl: deployment.parkedQueueUrl,
    targetUrl: queueUrl,
    dependency: name,
    anything: false,
    said: ` --parked ${id}`,
    words: `of ${id} from the parked queue to the lane of ${name}`,
  };
}

/** The route from a queue that is not a lane's dead-letter queue. @throws UsageError, NotFoundError */
export async function otherRoute({ clients, deployment }: Session, from: string, to: string): Promise<Route> {
  const lane = deployment.lanes.find(({ name }) => name === to);
  const sourceUrl = await urlOf(clients.sqs, from, '--from');
  const targetUrl = lane?.queueUrl ?? (await urlOf(clients.sqs, to, '--to', deployment.lanes));
  if (sourceUrl === targetUrl) throw new UsageError('--from and --to name the same queue');
  const name = queueName(sourceUrl);
  return {
    name,
    sourceUrl,
    targetUrl,
    anything: true,
    said: ` --from ${shellWord(from)} --to ${shellWord(to)}`,
    dependency: lane?.name,
    words: `from the queue ${name} to ${lane ? `the lane of ${lane.name}` : `the queue ${queueName(targetUrl)}`}`,
  };
}

/** Resolves a queue URL or ARN to the URL. */
async function urlOf(sqs: SQSClient, named: string, option: string, lanes: readonly Lane[] = []): Promise<string> {
  const url = URL.canParse(named) && /^https?:/.test(named) ? named : await urlOfArn(sqs, named);
  if (url === undefined) {
    const others = lanes.length === 0 ? '' : ` or a dependency (${lanes.map(({ name }) => name).join(', ')})`;
    throw new UsageError(`${option} must be the URL or ARN of a queue${others}, got ${named}`);
  }
  if (url.endsWith('.fifo'))
    throw new UsageError(`${option} must not be a FIFO queue: a move would change the order of its messages`);
  return url;
}

async function urlOfArn(sqs: SQSClient, arn: string): Promise<string | undefined> {
  const [, QueueOwnerAWSAccountId, QueueName] =
    /^arn:[\w-]+:sqs:[\w-]+:(\d{12}):([\w-]{1,80}(?:\.fifo)?)$/.exec(arn) ?? [];
  if (QueueName === undefined) return undefined;
  try {
    return (await sqs.send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }))).QueueUrl;
  } catch (error) {
    if (error instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(error.name)) {
      throw new NotFoundError(`Queue not found: ${arn}`, { cause: error });
    }
    throw error;
  }
}

function queueName(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

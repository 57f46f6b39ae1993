import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { updateExpression } from '../ledger/update-expression.ts';
import type { LetterFilter } from './letter-filter.ts';

/** `held`: the circuit lets no call pass. `failed`: something threw. Anything but `done` can be gone on with. */
export type RunState = 'running' | 'interrupted' | 'held' | 'failed' | 'done';

/** One redrive of a queue, as the ledger keeps it. */
export interface RedriveRun {
  /** Name of the lane's dependency, or of another queue. */
  readonly lane: string;
  /** Tells one run from another. */
  readonly run: string;
  readonly by: string;
  readonly why: string;
  readonly filter: LetterFilter;
  /** Messages a second. */
  readonly rate: number;
  /** Epoch milliseconds: what came into the queue later is not touched, or what fails again would go round. */
  readonly startedAt: number;
  /** Messages that have reached their target. */
  readonly moved: number;
  readonly state: RunState;
  /** Epoch milliseconds until which nobody else may begin one. */
  readonly until: number;
}

/** Somebody redrives the queue already. */
export class RedriveUnderWayError extends Error {
  override readonly name = 'RedriveUnderWayError';
  readonly run: RedriveRun;
  constructor(run: RedriveRun) {
    super(
      `${run.lane} is already being redriven by ${run.by}. Its lease ends at ${new Date(run.until).toISOString()}: try again then.`,
    );
    this.run = run;
  }
}

export interface RedriveRuns {
  get(lane: string): Promise<RedriveRun | undefined>;
  /** Begins a run, or goes on with one. @throws RedriveUnderWayError where another one is under way */
  begin(run: Omit<RedriveRun, 'state' | 'until'>): Promise<RedriveRun>;
  /** Says how far it is; false where the run was given up for dead, and another has begun. */
  renew(run: Pick<RedriveRun, 'lane' | 'run'>, moved: number): Promise<boolean>;
  end(run: Pick<RedriveRun, 'lane' | 'run'>, state: Exclude<RunState, 'running'>, moved: number): Promise<void>;
}

export interface RedriveRunsOptions {
  readonly client: DynamoDBClient;
  /** The ledger's. */
  readonly table: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** How long a run that says nothing is taken for alive. */
export const LEASE_MS = 60_000;
const KEPT_SECONDS = 30 * 86_400;

/** Items of the ledger beside those of failures, one for each queue: the latest run of it, and the lease that keeps others away. */
export function redriveRuns({ client, table: TableName, now = Date.now }: RedriveRunsOptions): RedriveRuns {
  const get = async (lane: string): Promise<RedriveRun | undefined> => {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(lane), ConsistentRead: true }));
    return Item && runOf(unmarshall(Item));
  };
  const update = async (
    { lane, run }: Pick<RedriveRun, 'lane' | 'run'>,
    set: Partial<RedriveRun>,
  ): Promise<boolean> => {
    const expressions = updateExpression({ set, condition: '#run = :run', values: { run } });
    return isDone(client.send(new UpdateItemCommand({ TableName, Key: keyOf(lane), ...expressions })));
  };
  return {
    get,
    async begin(about) {
      const run: RedriveRun = { ...about, state: 'running', until: now() + LEASE_MS };
      const item = { ...run, id: idOf(run.lane), filter: JSON.stringify(run.filter), expiresAt: expiryOf(now()) };
      const begun = await isDone(
        client.send(
          new PutItemCommand({
            TableName,
            Item: marshall(item),
            ConditionExpression: 'attribute_not_exists(id) OR #run = :run OR #until <= :now OR #state <> :running',
            ExpressionAttributeNames: { '#run': 'run', '#until': 'until', '#state': 'state' },
            ExpressionAttributeValues: marshall({ ':run': run.run, ':now': now(), ':running': 'running' }),
          }),
        ),
      );
      if (begun) return run;
      const current = await get(run.lane);
      throw new RedriveUnderWayError(current ?? run);
    },
    renew: (run, moved) => update(run, { moved, until: now() + LEASE_MS }),
    async end(run, state, moved) {
      await update(run, { state, moved, until: now() });
    },
  };
}

async function isDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** With a character that no id of a failure has. */
function idOf(lane: string): string {
  return `redrive#${lane}`;
}

function keyOf(lane: string) {
  return { id: { S: idOf(lane) } };
}

function expiryOf(now: number): number {
  return Math.ceil(now / 1_000) + KEPT_SECONDS;
}

function runOf({ id: _, expiresAt: __, filter, ...facts }: Record<string, unknown>): RedriveRun {
  return { ...facts, filter: JSON.parse(String(filter)) } as RedriveRun;
}

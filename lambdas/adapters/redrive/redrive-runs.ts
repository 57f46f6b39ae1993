import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { anyOf, is, isAbsent, isAtMost, isNot } from '../../domain/ledger/check.ts';
import { type RedriveRun, type RedriveRuns, RedriveUnderWayError } from '../../use-cases/redrive/runs.ts';
import { putCondition, updateExpression } from '../ledger/update-expression.ts';
import { type TimedTable, unlessRejected } from '../table.ts';

/** Lease of a run. After this time without renewal, another run may begin. */
export const LEASE_MS = 60_000;
const KEPT_SECONDS = 30 * 86_400;

/** Stores the latest redrive of each queue, with its lease, in an item of the ledger table. */
export function redriveRuns({ client, table: TableName, now = Date.now }: TimedTable): RedriveRuns {
  const get = async (lane: string): Promise<RedriveRun | undefined> => {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(lane), ConsistentRead: true }));
    return Item && runOf(unmarshall(Item));
  };
  const update = async (
    { lane, run }: Pick<RedriveRun, 'lane' | 'run'>,
    set: Partial<RedriveRun>,
  ): Promise<boolean> => {
    const expressions = updateExpression({ set, condition: [is('run', run)] });
    const write = client.send(new UpdateItemCommand({ TableName, Key: keyOf(lane), ...expressions }));
    return (await unlessRejected(write)) !== undefined;
  };
  return {
    get,
    async begin(about) {
      const run: RedriveRun = { ...about, state: 'running', until: now() + LEASE_MS };
      const item = { ...run, id: idOf(run.lane), filter: JSON.stringify(run.filter), expiresAt: expiryOf(now()) };
      const isFree = anyOf(isAbsent('id'), is('run', run.run), isAtMost('until', now()), isNot('state', 'running'));
      const put = new PutItemCommand({ TableName, Item: marshall(item), ...putCondition([isFree]) });
      if (await unlessRejected(client.send(put))) return run;
      const current = await get(run.lane);
      throw new RedriveUnderWayError(current ?? run);
    },
    renew: (run, moved) => update(run, { moved, until: now() + LEASE_MS }),
    async end(run, state, moved) {
      await update(run, { state, moved, until: now() });
    },
  };
}

/** No failure id contains `#`, so the keys cannot collide. */
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

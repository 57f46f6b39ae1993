import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { RUN_PREFIX } from '../../contract/item-keys.ts';
import { anyOf, type Check, is, isAbsent, isAtMost } from '../../domain/ledger/check.ts';
import {
  type LeaseHolder,
  type RedriveRun,
  type RedriveRuns,
  RedriveUnderWayError,
} from '../../use-cases/redrive/runs.ts';
import { putCondition, updateExpression } from '../ledger/update-expression.ts';
import { putItem, readItem, updateItem } from '../own-write.ts';
import type { TimedTable } from '../table.ts';

/** Lease of a run. After this time without renewal, another run may begin. */
export const LEASE_MS = 60_000;
const KEPT_SECONDS = 30 * 86_400;

/**
 * Stores the latest redrive of each queue, with its lease, in an item of the ledger table. The lease has attributes of
 * its own, because an operator holds it before a run begins.
 */
export function redriveRuns({ now = Date.now, ...table }: TimedTable): RedriveRuns {
  const read = async (lane: string): Promise<StoredRun | undefined> => {
    const item = await readItem(table, idOf(lane));
    return item && (unmarshall(item) as StoredRun);
  };
  const update = async (lane: string, change: Parameters<typeof updateExpression>[0]): Promise<boolean> =>
    (await updateItem(table, idOf(lane), updateExpression(change))) !== undefined;
  const isFree = (holder: string): Check =>
    anyOf(isAbsent('id'), isAbsent('until'), is('holder', holder), isAtMost('until', now()));
  /** @throws RedriveUnderWayError unless the write succeeds */
  const mustWrite = async (lane: string, write: () => Promise<boolean>): Promise<void> => {
    if (await write()) return;
    const current = await read(lane);
    // The other redrive has just ended.
    if (current?.until === undefined && (await write())) return;
    const by = current?.heldBy ?? current?.by ?? 'somebody';
    throw new RedriveUnderWayError({ lane, by, until: current?.until ?? now() });
  };
  return {
    async get(lane) {
      const stored = await read(lane);
      return stored?.run === undefined ? undefined : runOf(stored);
    },
    async claim({ lane, by, ...lease }) {
      const holder = holderOf(lease);
      const set = { holder, heldBy: by, until: now() + LEASE_MS, expiresAt: expiryOf(now()) };
      await mustWrite(lane, () => update(lane, { set, condition: [isFree(holder)] }));
    },
    async release({ lane, ...lease }) {
      await update(lane, { remove: LEASE, condition: [is('holder', holderOf(lease))] });
    },
    async begin({ principal, ...about }) {
      const run: RedriveRun = { ...about, state: 'running', until: now() + LEASE_MS };
      const holder = holderOf({ run: run.run, principal });
      const lease = { holder, heldBy: run.by };
      const stored = { ...run, ...lease, id: idOf(run.lane), filter: JSON.stringify(run.filter) };
      const item = marshall({ ...stored, expiresAt: expiryOf(now()) }, { removeUndefinedValues: true });
      await mustWrite(run.lane, () => putItem(table, item, putCondition([isFree(holder)])));
      return run;
    },
    renew: ({ lane, ...lease }, moved) =>
      update(lane, { set: { moved, until: now() + LEASE_MS }, condition: [is('holder', holderOf(lease))] }),
    async end({ lane, ...lease }, state, moved) {
      await update(lane, { set: { state, moved }, remove: LEASE, condition: [is('holder', holderOf(lease))] });
    },
  };
}

/** Who redrives a queue now. */
export interface RedriveHolding {
  readonly by: string;
  /** Absent while they look at the queue, before the run begins. */
  readonly run?: RedriveRun | undefined;
}

/** Who holds the lease of a queue now; undefined if nobody does. A run whose tool has died is nobody's in a minute. */
export async function redriveHolding(
  { now = Date.now, ...table }: TimedTable,
  lane: string,
): Promise<RedriveHolding | undefined> {
  const item = await readItem(table, idOf(lane));
  if (item === undefined) return undefined;
  const stored = unmarshall(item) as StoredRun;
  const { holder = '', heldBy, until = 0, run, state } = stored;
  if (heldBy === undefined || until <= now()) return undefined;
  const isTheirs = run !== undefined && (holder === run || holder.startsWith(`${run} of `));
  return { by: heldBy, run: isTheirs && state === 'running' ? runOf(stored) : undefined };
}

/** Attributes of the lease. */
const LEASE = ['holder', 'heldBy', 'until'];

interface StoredRun extends Partial<Omit<RedriveRun, 'filter'>> {
  readonly id: string;
  readonly expiresAt: number;
  /** JSON. */
  readonly filter?: string;
  /** Id of the run that holds the lease, and its principal. */
  readonly holder?: string;
  readonly heldBy?: string;
}

/** One text for both, so that no write can compare the one without the other. */
function holderOf({ run, principal }: Omit<LeaseHolder, 'lane'>): string {
  return principal === undefined ? run : `${run} of ${principal}`;
}

/** No failure's key contains `#`, so the keys cannot collide. */
function idOf(lane: string): string {
  return `${RUN_PREFIX}${lane}`;
}

function expiryOf(now: number): number {
  return Math.ceil(now / 1_000) + KEPT_SECONDS;
}

function runOf({
  filter,
  until = 0,
  id: _,
  expiresAt: __,
  holder: ___,
  heldBy: ____,
  ...facts
}: StoredRun): RedriveRun {
  return { ...facts, until, filter: JSON.parse(String(filter)) } as RedriveRun;
}

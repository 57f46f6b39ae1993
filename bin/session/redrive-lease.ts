import { randomUUID } from 'node:crypto';
import { redriveRuns } from '../../lambdas/adapters/redrive/redrive-runs.ts';
import type { DeadLetterFilter } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import type { DeadLetterQueue } from '../../lambdas/use-cases/redrive/queues.ts';
import { RENEW_EVERY_MS } from '../../lambdas/use-cases/redrive/redrive.ts';
import type { RedriveRun } from '../../lambdas/use-cases/redrive/runs.ts';
import type { Survey } from '../../lambdas/use-cases/redrive/survey.ts';
import { lookAt } from './dead-letters.ts';
import { DeclinedError } from './errors.ts';
import { nothingSeen, noting, type SeenValues } from './filter-hint.ts';
import type { Route } from './route.ts';
import type { Session } from './session.ts';

/** The right to redrive a queue, from the first look at it until the end. */
export interface RedriveLease {
  /** Id of the run that may begin. */
  readonly run: string;
  /** The latest run of the queue that began. */
  readonly last: () => Promise<RedriveRun | undefined>;
  /** When the lease began, in epoch milliseconds. Later messages are not part of the run. */
  readonly startedAt: number;
  /** Renews the lease. @throws DeclinedError if another redrive has taken over */
  renew(): Promise<void>;
  /** The same queue, which renews the lease while somebody looks at it. */
  watched(source: DeadLetterQueue): DeadLetterQueue;
}

/**
 * Works under the lease of a queue, and releases it at the end. A plan that is made before the lease would count what
 * another redrive is about to move.
 *
 * @throws RedriveUnderWayError if another redrive holds the lease
 */
export async function withRedriveLease<T>(
  session: Session,
  { name: lane }: Route,
  by: string | undefined,
  work: (lease: RedriveLease) => Promise<T>,
): Promise<T> {
  const { clients, deployment, now, desk } = session;
  const runs = redriveRuns({ client: clients.dynamodb, table: deployment.ledgerTable, now });
  const claim = { lane, run: randomUUID() };
  await desk('claim-run', { ...claim, name: session.nameOf(by) });
  // What arrived in this millisecond is there already.
  const startedAt = now() + 1;
  let renewedAt = now();
  const renew = async (): Promise<void> => {
    renewedAt = now();
    if ((await desk('renew-run', claim)).renewed) return;
    throw new DeclinedError(
      `Nothing was moved: another redrive of ${lane} has begun meanwhile. Run the command again to see what is left.`,
    );
  };
  const watched = (source: DeadLetterQueue): DeadLetterQueue => ({
    ...source,
    async receive(limit) {
      if (now() - renewedAt >= RENEW_EVERY_MS) await renew();
      return source.receive(limit);
    },
  });
  try {
    return await work({ run: claim.run, last: () => runs.get(lane), startedAt, renew, watched });
  } finally {
    await desk('release-run', claim).catch(() => undefined);
  }
}

/** Looks at the queue of a lease, before anything is planned. Leaves out messages that arrived at `before` or later. */
export function lookUnder(
  { watched, startedAt }: RedriveLease,
  session: Session,
  { sourceUrl, anything }: Route,
  filter: DeadLetterFilter,
  { before = startedAt, values = nothingSeen() }: { readonly before?: number; readonly values?: SeenValues } = {},
): Promise<Survey> {
  const noted = noting(values);
  return lookAt(session, sourceUrl, {
    filter,
    before,
    includeOther: anything,
    isThorough: true,
    watched: (source) => watched(noted(source)),
  });
}

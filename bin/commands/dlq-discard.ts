import { deadLetterQueue } from '../../lambdas/adapters/redrive/dead-letter-queue.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { Who } from '../../lambdas/domain/ledger/ledger-changes.ts';
import type { DeadLetterFilter } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import { compensationOf } from '../../lambdas/domain/undo/compensation.ts';
import { discardTarget } from '../../lambdas/use-cases/redrive/discard.ts';
import { redrive } from '../../lambdas/use-cases/redrive/redrive.ts';
import { survey } from '../../lambdas/use-cases/redrive/survey.ts';
import { type AddCommand, example } from '../session/command.ts';
import {
  addFilter,
  addWho,
  countsByReason,
  deadLetterCount,
  type FilterOptions,
  failureOf,
  filterOf,
  inWords,
  lanesOf,
  queueToLookAt,
  type Row,
  rowOf,
  selectsAll,
  sessionLedger,
  type WhoOptions,
} from '../session/dead-letters.ts';
import { InterruptedError, NotFoundError, UsageError } from '../session/errors.ts';
import { failureId } from '../session/options.ts';
import type { Session } from '../session/session.ts';

interface Options extends Omit<FilterOptions, 'id'>, WhoOptions {
  readonly parked?: boolean;
}

/** Dead letters per second, as fast as the ledger accepts writes. */
const RATE = 40;
const MOST_NAMED = 5;

export const addDiscard: AddCommand = (dlq, open) => {
  const command = dlq
    .command('discard')
    .argument('[failures...]', 'failure ids', (text: string, before: readonly string[] = []) => [
      ...before,
      failureId(text),
    ])
    .description('Discard failures for good: record and publish the outcome, and delete their dead letters.');
  addFilter(addWho(command))
    .option('--parked', 'only parked dead letters')
    .addHelpText(
      'after',
      example(
        "backstop dlq discard order-1-charge --why 'the customer has cancelled'",
        "backstop dlq discard --dependency payments --rule http-not-found --why 'gone'",
      ),
    )
    .action(async (ids: readonly string[], options: Options & FilterOptions, sub) => {
      const filter = filterOf({ ...options, id: ids.length > 0 ? [...ids, ...(options.id ?? [])] : options.id });
      if (selectsAll(filter)) throw new UsageError('pass failure ids or at least one filter');
      await discard(await open(sub), filter, options);
    });
};

interface Queue {
  readonly url: string;
  readonly rows: readonly Row[];
}

async function discard(session: Session, filter: DeadLetterFilter, { why, by, parked }: Options): Promise<void> {
  const entries = await known(session, filter.ids ?? []);
  const queues = await queuesWith(session, filter, parked ?? false);
  const rows = queues.flatMap((queue) => queue.rows);
  if (rows.length === 0 && entries.length === 0) throw new NotFoundError('No matching dead letters.');
  const lone = entries.filter((entry) => !rows.some((row) => isDeadLetterOf(row, entry)));
  const [only] = filter.ids?.length === 1 ? filter.ids : [];
  const who = await session.decide({
    action: 'discard',
    dependency: filter.dependency ?? entries[0]?.dependency,
    failureId: only,
    why,
    by,
    facts: { letters: rows.length, filter: JSON.stringify(filter) },
    plan: planOf(rows, lone, entries),
  });
  const discarded: string[] = [];
  const left: string[] = [];
  const ports = {
    ledger: sessionLedger(session),
    who,
    onDiscarded: (id: string) => void discarded.push(id),
    onSkipped: (id: string) => void left.push(id),
  };
  for (const entry of lone) ((await ports.ledger.discard(entry, who)) ? discarded : left).push(entry.id);
  let deleted = 0;
  const startedAt = session.now();
  for (const { url } of queues) {
    const { moved } = await redrive(
      { filter, startedAt, rate: RATE, doublesEveryMs: 1, whenHeld: 'wait' },
      {
        source: deadLetterQueue({ sqs: session.clients.sqs, queueUrl: url }),
        target: discardTarget(ports),
        now: session.now,
        signal: session.signal,
        renew: async () => true,
        onProgress: () => undefined,
        sleep: session.sleep,
      },
    );
    deleted += moved;
  }
  tellEnd(session, { discarded, deleted, left, ...who });
  if (session.signal.aborted)
    throw new InterruptedError(
      'Interrupted. The remaining dead letters are unchanged. Run the same command to continue.',
    );
}

interface Ended extends Who {
  /** Failure ids. */
  readonly discarded: readonly string[];
  readonly left: readonly string[];
  /** Number of dead letters. */
  readonly deleted: number;
}

function tellEnd({ print }: Session, ended: Ended): void {
  const { discarded, deleted, left, by } = ended;
  print.result(ended, () => {
    print.line(
      `Discarded ${discarded.length === 1 ? discarded[0] : `${discarded.length} failures`}, by ${by}. Deleted ${deadLetterCount(deleted)}.`,
    );
    if (left.length > 0) print.line(`Not discarded, still in progress or not yet published: ${inShort(left)}.`);
  });
}

/** The original event and dead letters of earlier cycles do not count. */
function isDeadLetterOf({ kind, id, cycle }: Row, entry: LedgerEntry): boolean {
  return kind === 'letter' && id === entry.id && cycle === entry.cycle;
}

/** The failures among the ids whose outcome is `dead-lettered`. */
async function known(session: Session, ids: readonly string[]): Promise<readonly LedgerEntry[]> {
  const entries = await Promise.all(ids.map((id) => failureOf(session, id)));
  return entries.flatMap((entry) => (entry?.outcome === 'dead-lettered' ? [entry] : []));
}

/** Queues with matching dead letters. That of a named failure may be in its lane's queue or in the parked queue. */
async function queuesWith(session: Session, filter: DeadLetterFilter, parked: boolean): Promise<readonly Queue[]> {
  const ofLanes = lanesOf(session, filter.dependency).map((lane) => lane.deadLetterQueueUrl);
  const aside = session.deployment.parkedQueueUrl;
  const urls = parked ? [aside] : filter.ids ? [...ofLanes, aside] : ofLanes;
  // In parallel: it takes seconds to know that a queue is empty.
  const queues = await Promise.all(
    urls.map(async (url) => {
      const { found } = await survey(queueToLookAt(session, url), { filter, signal: session.signal });
      return { url, rows: found.map(rowOf) };
    }),
  );
  session.signal.throwIfAborted();
  return queues.filter(({ rows }) => rows.length > 0);
}

function planOf(
  rows: readonly Row[],
  lone: readonly LedgerEntry[],
  entries: readonly LedgerEntry[],
): readonly string[] {
  const halfDone = [
    ...rows
      .filter(({ compensation }) => compensation === 'incomplete' || compensation === 'not-run')
      .map(({ id }) => id),
    ...entries
      .filter((entry) => compensationOf(entry) === 'incomplete' || compensationOf(entry) === 'not-run')
      .map(({ id }) => id),
  ];
  const names = [...new Set(halfDone)];
  const counts = inWords(countsByReason(rows));
  return [
    ...(rows.length > 0
      ? [
          `Discard ${deadLetterCount(rows.length)} (${counts}). A discarded operation is never retried; its dead letter is deleted.`,
        ]
      : []),
    ...(lone.length > 0
      ? [`Discard ${lone.map(({ id }) => id).join(', ')} in the ledger: found no dead letter for it.`]
      : []),
    ...(names.length > 0
      ? [
          `WARNING: completed steps of ${inShort(names)} are NOT undone, and nothing undoes them after a discard.`,
          'See backstop dlq show, and Undo incomplete in the runbook.',
        ]
      : []),
  ];
}

function inShort(ids: readonly string[]): string {
  return `${ids.slice(0, MOST_NAMED).join(', ')}${ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : ''}`;
}

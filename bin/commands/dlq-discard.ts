import { hasStepsLeft } from '../../lambdas/contract/compensation.ts';
import { failureKey } from '../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { DeadLetterFilter } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import { compensationOf } from '../../lambdas/domain/undo/compensation.ts';
import { type AddCommand, example } from '../session/command.ts';
import {
  addFilter,
  addWho,
  countsByReason,
  deadLetterCount,
  type FilterOptions,
  filterOf,
  inWords,
  lanesOf,
  lookAt,
  type Row,
  rowOf,
  selectsAll,
  type WhoOptions,
} from '../session/dead-letters.ts';
import { type UnfinishedDiscard, unfinishedDiscard } from '../session/discard-resume.ts';
import { type DiscardPlan, executeDiscard, inShort } from '../session/discard-run.ts';
import { IncompleteError, NotFoundError, UsageError } from '../session/errors.ts';
import { failureOf, rejectSeveralLetters } from '../session/failures.ts';
import { filterHint, nothingSeen, noting, type SeenValues } from '../session/filter-hint.ts';
import { incidentLines, incidentsBefore } from '../session/incidents.ts';
import { failureId } from '../session/options.ts';
import { shortTime } from '../session/printer.ts';
import { meetingLines } from '../session/runs-under-way.ts';
import type { Session } from '../session/session.ts';

interface Options extends FilterOptions, WhoOptions {
  readonly parked?: boolean;
  /** Id of the record of a discard, or true for the latest. */
  readonly resume?: string | true;
}

export const addDiscard: AddCommand = (dlq, open) => {
  const command = dlq
    .command('discard')
    .argument('[failures...]', 'failure ids', (text: string, before: readonly string[] = []) => [
      ...before,
      failureId(text),
    ])
    .description('Discard failures for good: record and publish the outcome, and delete their dead letters.');
  addWho(addFilter(command), 'required, except with --resume')
    .option('--parked', 'only parked dead letters')
    .option(
      '--resume [action]',
      'continue an interrupted discard with its filter: the latest, or the one with this id in the audit log',
    )
    .addHelpText(
      'after',
      example(
        "backstop dlq discard order-1-charge --why 'the customer has cancelled'",
        "backstop dlq discard --dependency payments --rule http-not-found --why 'gone'",
        'backstop dlq discard --resume',
      ),
    )
    .action(async (ids: readonly string[], options: Options, sub) => {
      if (options.resume !== undefined) {
        rejectOtherFilters(ids, options);
        return resume(await open(sub), options);
      }
      const filter = filterOf({ ...options, id: ids.length > 0 ? [...ids, ...(options.id ?? [])] : options.id });
      if (selectsAll(filter)) throw new UsageError('pass failure ids or at least one filter');
      const session = await open(sub);
      // What arrived in this millisecond is there already.
      await discard(session, { ...options, filter, startedAt: session.now() + 1 });
    });
};

/** @throws UsageError */
function rejectOtherFilters(ids: readonly string[], options: Options): void {
  const { resume: _, dependency: __, why: ___, by: ____, parked, ...filter } = options;
  if (ids.length === 0 && parked === undefined && selectsAll(filterOf(filter))) return;
  throw new UsageError('--resume continues with the filter of the discard: pass --dependency at most');
}

async function resume(session: Session, { resume: id, dependency, why, by }: Options): Promise<void> {
  const last = await unfinishedDiscard(session, { id: id === true ? undefined : id, dependency });
  const { filter, startedAt, isParked: parked } = last;
  await discard(session, { filter, startedAt, parked, why: why ?? last.why, by, resumed: last });
}

interface Discard extends WhoOptions {
  readonly filter: DeadLetterFilter;
  /** Epoch milliseconds. Later dead letters stay. */
  readonly startedAt: number;
  readonly parked?: boolean | undefined;
  /** The discard that this one continues. */
  readonly resumed?: UnfinishedDiscard;
}

async function discard(session: Session, { filter, startedAt, why, by, parked, resumed }: Discard): Promise<void> {
  const entries = await known(session, filter, startedAt);
  const values = nothingSeen();
  const queues = await queuesWith(session, filter, { isParked: parked ?? false, before: startedAt, values });
  const rows = queues.flatMap(({ seen }) => seen.found.map(rowOf));
  rejectSeveralLetters(filter, rows);
  const hidden = queues.reduce((sum, { seen }) => sum + seen.hidden, 0);
  const missed = entries.filter((entry) => !rows.some((row) => isDeadLetterOf(row, entry)));
  // A redrive may hold the dead letter of a failure. Only where nothing is hidden, there is none.
  const [lone, unseen] = hidden === 0 ? [missed, []] : [[], missed];
  if (rows.length + lone.length === 0 && (hidden > 0 || !resumed))
    rejectNothing(session, missed, hidden, filterHint(filter, values));
  const [only] = filter.ids?.length === 1 ? filter.ids : [];
  const dependency = filter.dependency ?? registeredOf(session, entries);
  const intention = {
    action: 'discard',
    dependency,
    failureId: only,
    why,
    by,
    // Parked dead letters are not all that an incident is about.
    facts: {
      letters: rows.length,
      startedAt,
      filter: JSON.stringify(filter),
      ...(parked && { queue: 'parked' }),
      ...(resumed && { resumed: resumed.id, discarded: resumed.discarded }),
    },
    plan: [
      ...(resumed ? resumedLines(resumed, rows.length + lone.length) : []),
      ...planOf(rows, lone, entries, session),
      ...(await meetingLines(session, { ...filter, dependency }, ({ id }) => id !== undefined && id === resumed?.id)),
      ...incidentLines(
        await incidentsBefore(session, dependency, {
          action: 'discard',
          failureId: only,
          letters: parked ? undefined : filter,
        }),
      ),
    ],
  } as const;
  await session.act(intention, (begun) => executeDiscard(session, { filter, startedAt, queues, lone, unseen }, begun));
}

/** The dependency of failures that the config still has. The audit log names no other. */
function registeredOf({ deployment }: Session, [first]: readonly LedgerEntry[]): string | undefined {
  return deployment.lanes.find(({ name }) => name === first?.dependency)?.name;
}

/** @throws NotFoundError, or IncompleteError if dead letters are hidden, since they may match */
function rejectNothing(
  { print }: Session,
  missed: readonly LedgerEntry[],
  hidden: number,
  hint: string | undefined,
): never {
  const more = hint === undefined ? '' : ` ${hint}`;
  if (hidden === 0) throw new NotFoundError(`No matching dead letters.${more}`);
  print.result({ discarded: [], deleted: 0, left: missed.map(({ id }) => id), hidden }, () => undefined);
  throw new IncompleteError(
    `Nothing was discarded: another reader hides ${deadLetterCount(hidden)}. Run the command again in some minutes.`,
  );
}

/** The original event and dead letters of earlier cycles do not count. */
function isDeadLetterOf({ kind, id, tenant, cycle, dependency = '' }: Row, entry: LedgerEntry): boolean {
  const isItsOwn = failureKey({ id, tenant, dependency: dependency || entry.dependency }) === failureKey(entry);
  return kind === 'letter' && isItsOwn && cycle === entry.cycle;
}

function resumedLines({ by, startedAt, discarded }: UnfinishedDiscard, left: number): readonly string[] {
  const done = `${discarded === 1 ? '1 failure' : `${discarded} failures`} so far`;
  return [
    `Resume the discard that ${by} started at ${shortTime(startedAt)}.`,
    `It has discarded ${done}${left === 0 ? '; nothing is left' : `, and ${left} remain`}.`,
  ];
}

/** The failures among the ids whose outcome is `dead-lettered`, since before the discard. */
async function known(
  session: Session,
  { ids = [], ...owner }: DeadLetterFilter,
  startedAt: number,
): Promise<readonly LedgerEntry[]> {
  const entries = await Promise.all(ids.map((id) => failureOf(session, id, owner)));
  return entries.flatMap((entry) =>
    entry?.outcome === 'dead-lettered' && !(Date.parse(entry.settledAt ?? '') >= startedAt) ? [entry] : [],
  );
}

/**
 * Queues with matching dead letters, or with hidden ones. That of a named failure may be in its lane's queue or in the
 * parked queue.
 */
async function queuesWith(
  session: Session,
  filter: DeadLetterFilter,
  { isParked, before, values }: { readonly isParked: boolean; readonly before: number; readonly values: SeenValues },
): Promise<DiscardPlan['queues']> {
  const ofLanes = lanesOf(session, filter.dependency).map((lane) => lane.deadLetterQueueUrl);
  const aside = session.deployment.parkedQueueUrl;
  const urls = isParked ? [aside] : filter.ids ? [...ofLanes, aside] : ofLanes;
  // In parallel: it takes seconds to know that a queue is empty.
  const queues = await Promise.all(
    urls.map(async (url) => ({
      url,
      seen: await lookAt(session, url, { filter, before, isThorough: true, watched: noting(values) }),
    })),
  );
  return queues.filter(({ seen }) => seen.found.length + seen.hidden > 0);
}

function planOf(
  rows: readonly Row[],
  lone: readonly LedgerEntry[],
  entries: readonly LedgerEntry[],
  { command }: Pick<Session, 'command'>,
): readonly string[] {
  const halfDone = [
    ...rows.filter(hasStepsLeft).map(({ id }) => id),
    ...entries.filter((entry) => hasStepsLeft({ compensation: compensationOf(entry) })).map(({ id }) => id),
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
          'To see which steps, read Undo incomplete in the runbook, and run:',
          command(`dlq show ${names[0]}`),
        ]
      : []),
  ];
}

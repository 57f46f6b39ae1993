import { type Command, Option } from 'commander';
import type { Survey } from '../../lambdas/use-cases/redrive/survey.ts';
import { type AddCommand, example } from '../session/command.ts';
import { toolOf } from '../session/command-path.ts';
import {
  addFilter,
  addWho,
  deadLetterCount,
  type FilterOptions,
  filterOf,
  lookAt,
  planFor,
  rowOf,
  type WhoOptions,
} from '../session/dead-letters.ts';
import { laneOf } from '../session/deployment.ts';
import { IncompleteError, NotFoundError, UsageError } from '../session/errors.ts';
import { failureOf, rejectSeveralLetters } from '../session/failures.ts';
import { filterHint, nothingSeen, noting } from '../session/filter-hint.ts';
import { failureId, number, span } from '../session/options.ts';
import { shortTime } from '../session/printer.ts';
import { lookUnder, type RedriveLease, withRedriveLease } from '../session/redrive-lease.ts';
import {
  incidentsOfRedrive,
  isTargetPaused,
  othersMet,
  planOf,
  spentAmong,
  tellSample,
} from '../session/redrive-plan.ts';
import { RedriveReport } from '../session/redrive-report.ts';
import { executeRedrive } from '../session/redrive-run.ts';
import { laneRoute, otherRoute, parkedRoute, type Route } from '../session/route.ts';
import type { Session } from '../session/session.ts';
import { previewParked, unpark } from './dlq-unpark.ts';

interface Options extends FilterOptions, WhoOptions {
  readonly rate?: number;
  /** Milliseconds. */
  readonly wait: number;
  readonly dryRun?: boolean;
  readonly resume?: boolean;
  readonly parked?: string;
  readonly from?: string;
  readonly to?: string;
}

const DEFAULT_RATE = 5;
/** Longer than the hot tier takes, so that a permanent failure is told. */
const DEFAULT_WAIT_MS = 15_000;
const MOST_WAIT_MS = 600_000;

export const addRedrive: AddCommand = (dlq, open) => {
  addWho(
    addFilter(
      dlq
        .command('redrive')
        .argument('[dependency]', 'whose dead letters to redrive')
        .description(
          'Redrive dead letters. Starts slowly; pauses while the circuit is open. Deletes a dead letter once its lane has it. Ctrl-C stops safely.',
        ),
    )
      .option('--rate <count>', 'dead letters per second after the ramp-up, 0.1 to 500 (default: 5)', number(0.1, 500))
      .addOption(
        new Option('--wait <span>', 'how long to wait for outcomes at the end, 0s to 10m')
          .argParser(span(0, MOST_WAIT_MS))
          .default(DEFAULT_WAIT_MS, '15s'),
      )
      .option('--dry-run', 'count and show a sample; move nothing')
      .option('--resume', 'continue an interrupted redrive with its filter')
      .option('--parked <id>', 'allow a parked failure one more cycle', failureId)
      .option('--from <queue>', 'URL or ARN of a queue that is not a lane; moves all of its messages')
      .option('--to <queue>', 'with --from: a dependency, or the URL or ARN of a queue'),
    'required, except with --dry-run or --resume',
  )
    .addHelpText(
      'after',
      example(
        "backstop dlq redrive payments --rate 20 --why 'the bank is back'",
        'backstop dlq redrive payments --reason exhausted --since 2h --dry-run',
      ),
    )
    .action(async (lane: string | undefined, options: Options, command) => {
      mustFitTogether(lane, options, command);
      const session = await open(command);
      const route = await routeOf(session, lane, options);
      return options.dryRun ? show(session, route, options) : act(session, route, options);
    });
};

/** Shows what a redrive would move. */
function show(session: Session, route: Route, options: Options): Promise<void> {
  const { parked: id } = options;
  return id === undefined ? preview(session, route, options) : previewParked(session, route, { ...options, id });
}

/** Redrives, and tells how it ended. */
async function act(session: Session, route: Route, options: Options): Promise<void> {
  const { parked: id } = options;
  const report = new RedriveReport(session, route, options.wait);
  try {
    await withRedriveLease(session, route, options.by, (lease) => {
      if (options.resume) return resume(session, route, { lease, report, ...options });
      if (id !== undefined) return unpark(session, route, { lease, report, ...options, id });
      return begin(session, route, { lease, report, ...options });
    });
  } finally {
    report.tell();
  }
  report.rejectIfDied();
}

/** @throws UsageError */
function mustFitTogether(
  lane: string | undefined,
  { from, to, parked, id, resume, dryRun, dependency }: Options,
  command: Command,
): void {
  if ((from === undefined) !== (to === undefined)) throw new UsageError('--from and --to must be used together');
  const ways = [lane ?? (parked === undefined ? dependency : undefined), from, parked].filter(
    (way) => way !== undefined,
  );
  if (ways.length > 1) throw new UsageError('pass only one of: a lane, --parked, or --from with --to');
  if (lane !== undefined && dependency !== undefined && lane !== dependency) {
    throw new UsageError('the lane and --dependency must name the same dependency');
  }
  if (ways.length === 0 && id === undefined)
    throw new UsageError(`name the lane, for example: ${toolOf(command)} dlq redrive payments --why '…'`);
  if (resume && (dryRun || parked !== undefined))
    throw new UsageError("--resume can't be combined with --dry-run or --parked");
}

async function routeOf(
  session: Session,
  lane: string | undefined,
  { from, to, parked, id, dependency, tenant }: Options,
): Promise<Route> {
  if (from !== undefined && to !== undefined) return otherRoute(session, from, to);
  const named = lane ?? dependency;
  if (parked === undefined && named !== undefined) return laneRoute(laneOf(session.deployment, named));
  const [failure = ''] = parked === undefined ? (id ?? []) : [parked];
  const entry = await failureOf(session, failure, { dependency, tenant });
  if (!entry) throw new NotFoundError(`No failure has the id '${failure}'. Name its lane.`);
  const its = laneOf(session.deployment, entry.dependency);
  return parked === undefined ? laneRoute(its) : parkedRoute(session, its, parked);
}

async function preview(session: Session, route: Route, options: Options): Promise<void> {
  const filter = filterOf(options);
  const values = nothingSeen();
  const look = { filter, includeOther: route.anything, watched: noting(values) };
  const seen = await lookAt(session, route.sourceUrl, look);
  const rows = seen.found.map(rowOf);
  rejectSeveralLetters(filter, rows);
  const incidents = await incidentsOfRedrive(session, route, filter);
  return tellSample(session, route, rows, {
    spent: spentAmong(session, rows, route),
    incidents,
    hint: rows.length > 0 ? undefined : filterHint(filter, values),
    ...seen,
  });
}

interface Run extends Options {
  readonly lease: RedriveLease;
  readonly report: RedriveReport;
}

async function begin(session: Session, route: Route, { lease, report, ...options }: Run): Promise<void> {
  const { rate = DEFAULT_RATE } = options;
  const filter = filterOf(options);
  const { startedAt } = lease;
  const values = nothingSeen();
  const seen = await lookUnder(lease, session, route, filter, { values });
  const rows = seen.found.map(rowOf);
  rejectSeveralLetters(filter, rows);
  if (rows.length === 0) return tellNothing(session, seen, filterHint(filter, values));
  const spent = spentAmong(session, rows, route);
  const intention = {
    action: 'redrive',
    dependency: route.dependency,
    why: options.why,
    by: options.by,
    facts: { queue: route.name, letters: rows.length, rate, filter: JSON.stringify(filter) },
    plan: planOf(route, rows, {
      spent,
      rate,
      ...seen,
      paused: await isTargetPaused(session, route),
      met: await othersMet(session, route, filter),
      incidents: await incidentsOfRedrive(session, route, filter),
    }),
  } as const;
  await session.act(intention, (begun) =>
    executeRedrive(session, route, lease, { begun, report, filter, rate, startedAt, planned: planFor(seen) }),
  );
}

/** @throws IncompleteError if dead letters are hidden, since they may match */
function tellNothing({ print }: Session, { hidden }: Survey, hint: string | undefined): void {
  print.result({ end: 'done', moved: 0, matched: 0, left: hidden, hidden, hint }, () => {
    print.line('No matching dead letters: nothing was moved.');
    if (hint !== undefined) print.line(hint);
  });
  if (hidden === 0) return;
  throw new IncompleteError(
    `Incomplete: another reader still hides ${deadLetterCount(hidden)}. Run the command again in some minutes.`,
  );
}

async function resume(session: Session, route: Route, { lease, report, ...options }: Run): Promise<void> {
  const last = await lease.last();
  if (!last || last.state === 'done')
    throw new NotFoundError(`No redrive of ${route.name} was interrupted: nothing to resume.`);
  const { filter, startedAt, moved, rate: before } = last;
  const rate = options.rate ?? before;
  const seen = await lookUnder(lease, session, route, filter, { before: startedAt });
  const intention = {
    action: 'redrive',
    dependency: route.dependency,
    why: options.why ?? last.why,
    by: options.by,
    facts: { queue: route.name, resumed: last.run, moved, rate, filter: JSON.stringify(filter) },
    plan: [
      `Resume the redrive ${route.words} that ${last.by} started at ${shortTime(startedAt)}.`,
      `It has moved ${deadLetterCount(moved)} so far, and ${seen.isWhole ? '' : 'at least '}${seen.found.length} remain. Rate: ${rate} per second.`,
    ],
  } as const;
  await session.act(intention, (begun) =>
    executeRedrive(session, route, lease, { begun, report, filter, rate, startedAt, moved, planned: planFor(seen) }),
  );
}

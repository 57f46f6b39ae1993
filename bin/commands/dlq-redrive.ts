import { redriveRuns } from '../../lambdas/adapters/redrive/redrive-runs.ts';
import type { RedriveRun } from '../../lambdas/use-cases/redrive/runs.ts';
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
  queueToLookAt,
  type Row,
  reasonOf,
  rowOf,
  sessionLedger,
  type WhoOptions,
} from '../session/dead-letters.ts';
import { laneOf } from '../session/deployment.ts';
import { DeclinedError, NotFoundError, UsageError } from '../session/errors.ts';
import { isPaused } from '../session/lane-state.ts';
import { failureId, number } from '../session/options.ts';
import { shortSpan, shortTime } from '../session/printer.ts';
import { executeRedrive, newRun } from '../session/redrive-run.ts';
import { laneRoute, otherRoute, parkedRoute, type Route } from '../session/route.ts';
import type { Session } from '../session/session.ts';

interface Options extends FilterOptions, WhoOptions {
  readonly rate?: number;
  readonly dryRun?: boolean;
  readonly resume?: boolean;
  readonly parked?: string;
  readonly from?: string;
  readonly to?: string;
}

const DEFAULT_RATE = 5;
const SAMPLE = 5;

export const addRedrive: AddCommand = (dlq, open) => {
  addWho(
    addFilter(
      dlq
        .command('redrive')
        .argument('[lane]', 'dependency')
        .description(
          'Redrive dead letters. Ramps up; pauses while the circuit is open. Deletes a dead letter once its lane has it. Ctrl-C stops safely.',
        ),
    )
      .option('--rate <count>', 'dead letters per second after the ramp-up, 0.1 to 500 (default: 5)', number(0.1, 500))
      .option('--dry-run', 'count and show a sample; move nothing')
      .option('--resume', 'continue an interrupted redrive with its filter')
      .option('--parked <id>', 'allow a parked failure one more cycle', failureId)
      .option('--from <queue>', 'URL or ARN of a queue that is not a lane; moves all of its messages')
      .option('--to <queue>', 'with --from: a dependency, or the URL or ARN of a queue'),
  )
    .addHelpText(
      'after',
      example(
        "backstop dlq redrive payments --rate 20 --why 'the bank is back'",
        'backstop dlq redrive payments --reason exhausted --since 2h --dry-run',
      ),
    )
    .action(async (lane: string | undefined, options: Options, command) => {
      mustFitTogether(lane, options);
      const session = await open(command);
      const route = await routeOf(session, lane, options);
      if (options.resume) return resume(session, route, options);
      if (options.parked !== undefined) return unpark(session, route, options.parked, options);
      return begin(session, route, options);
    });
};

/** @throws UsageError */
function mustFitTogether(
  lane: string | undefined,
  { from, to, parked, id, resume, dryRun, dependency }: Options,
): void {
  if ((from === undefined) !== (to === undefined)) throw new UsageError('--from and --to must be used together');
  const ways = [lane ?? dependency, from, parked].filter((way) => way !== undefined);
  if (ways.length > 1) throw new UsageError('pass only one of: a lane, --parked, or --from with --to');
  if (lane !== undefined && dependency !== undefined && lane !== dependency) {
    throw new UsageError('the lane and --dependency must name the same dependency');
  }
  if (ways.length === 0 && id === undefined)
    throw new UsageError("name the lane, for example 'backstop dlq redrive payments'");
  if (resume && (dryRun || parked !== undefined))
    throw new UsageError("--resume can't be combined with --dry-run or --parked");
}

async function routeOf(
  session: Session,
  lane: string | undefined,
  { from, to, parked, id, dependency }: Options,
): Promise<Route> {
  if (from !== undefined && to !== undefined) return otherRoute(session, from, to);
  const named = lane ?? dependency;
  if (named !== undefined) return laneRoute(laneOf(session.deployment, named));
  const [failure = ''] = parked === undefined ? (id ?? []) : [parked];
  const entry = await failureOf(session, failure);
  if (!entry) throw new NotFoundError(`No failure has the id '${failure}'. Name its lane.`);
  const its = laneOf(session.deployment, entry.dependency);
  return parked === undefined ? laneRoute(its) : parkedRoute(session, its, parked);
}

async function begin(session: Session, route: Route, options: Options): Promise<void> {
  const { signal } = session;
  const { rate = DEFAULT_RATE } = options;
  const filter = filterOf(options);
  const looked = await survey(queueToLookAt(session, route.sourceUrl), {
    filter,
    includeOther: route.anything,
    signal,
  });
  signal.throwIfAborted();
  const rows = looked.found.map(rowOf);
  const spent = spentAmong(session, rows, route);
  if (options.dryRun) return tellSample(session, route, rows, { spent, isWhole: looked.isWhole });
  if (rows.length === 0) {
    session.print.result({ end: 'done', moved: 0, matched: 0 }, (print) =>
      print.line('No matching dead letters: nothing was moved.'),
    );
    return;
  }
  const who = await session.decide({
    action: 'redrive',
    dependency: route.dependency,
    why: options.why,
    by: options.by,
    facts: { queue: route.name, letters: rows.length, rate, filter: JSON.stringify(filter) },
    plan: planOf(route, rows, { spent, rate, isWhole: looked.isWhole, paused: await isTargetPaused(session, route) }),
  });
  await executeRedrive(
    session,
    route,
    newRun({ lane: route.name, ...who, filter, rate, startedAt: session.now() }),
    rows.length,
  );
}

interface Counted {
  readonly spent: number;
  readonly isWhole: boolean;
}

/**
 * A lane queue keeps messages for less time than a dead-letter queue. If the state is unknown, the redrive goes ahead.
 */
async function isTargetPaused({ clients, deployment }: Session, { dependency }: Route): Promise<boolean> {
  const lane = deployment.lanes.find(({ name }) => name === dependency);
  return lane !== undefined && (await isPaused(clients.lambda, lane).catch(() => false));
}

/** Dead letters that the lane will park. */
function spentAmong({ deployment }: Session, rows: readonly Row[], { dependency }: Route): number {
  const lane = deployment.lanes.find(({ name }) => name === dependency);
  return lane === undefined ? 0 : rows.filter(({ cycle = 0 }) => cycle >= lane.maxCycles).length;
}

function planOf(
  { words }: Route,
  rows: readonly Row[],
  { spent, rate, isWhole, paused }: Counted & { readonly rate: number; readonly paused: boolean },
): readonly string[] {
  return [
    `Redrive ${isWhole ? '' : 'at least '}${deadLetterCount(rows.length)} ${words} (${inWords(countsByReason(rows))}).`,
    `Ramps up to ${rate} per second; takes at least ${shortSpan((rows.length * 1_000) / rate)}.`,
    ...(spent > 0 ? [`Will be parked, no cycles left: ${spent}.`] : []),
    ...(paused
      ? ['The lane is PAUSED: dead letters wait in its queue until you resume it. After 4 days SQS deletes them.']
      : []),
  ];
}

function tellSample(
  { print, now, sameGlobals }: Session,
  route: Route,
  rows: readonly Row[],
  { spent, isWhole }: Counted,
): void {
  const sample = rows.slice(0, SAMPLE);
  const counts = countsByReason(rows);
  print.result({ matched: rows.length, isWhole, spent, counts, sample }, () => {
    print.line(
      `Dry run: would redrive ${deadLetterCount(rows.length)} ${route.words}${rows.length > 0 ? ` (${inWords(counts)})` : ''}.`,
    );
    if (spent > 0) print.line(`Would be parked, no cycles left: ${spent}.`);
    if (rows.length === 0) return;
    print.line();
    print.table(
      ['for example', 'reason', 'rule', 'attempts', 'cycle', 'age'],
      sample.map((row) => [row.id, reasonOf(row), row.rule, row.attempts, row.cycle, shortSpan(now() - row.at)]),
    );
    print.line();
    print.line(
      `Nothing was moved. To redrive, replace --dry-run by --why '…'${sameGlobals === '' ? '' : ` (${sameGlobals.trim()})`}.`,
    );
  });
}

async function resume(session: Session, route: Route, options: Options): Promise<void> {
  const last = await redriveRuns({
    client: session.clients.dynamodb,
    table: session.deployment.ledgerTable,
    now: session.now,
  }).get(route.name);
  if (!last || last.state === 'done')
    throw new NotFoundError(`No redrive of ${route.name} was interrupted: nothing to resume.`);
  const { filter, startedAt, moved, rate: before } = last;
  const rate = options.rate ?? before;
  const who = await session.decide({
    action: 'redrive',
    dependency: route.dependency,
    why: options.why ?? last.why,
    by: options.by,
    facts: { queue: route.name, resumed: last.run, moved, rate, filter: JSON.stringify(filter) },
    plan: [
      `Resume the redrive ${route.words} that ${last.by} started at ${shortTime(startedAt)}.`,
      `It has moved ${deadLetterCount(moved)} so far. Rate: ${rate} per second.`,
    ],
  });
  const looked = await survey(queueToLookAt(session, route.sourceUrl), {
    filter,
    includeOther: route.anything,
    signal: session.signal,
  });
  const left = looked.found.filter(({ sentAt }) => sentAt < startedAt).length;
  const run: RedriveRun = newRun({ lane: route.name, ...who, filter, rate, startedAt, moved });
  await executeRedrive(session, route, run, moved + left);
}

/** Allows a failure one more cycle. The ledger records it, and the lane honors it. */
async function unpark(session: Session, route: Route, id: string, { why, by, dryRun }: Options): Promise<void> {
  const entry = await failureOf(session, id);
  if (entry?.outcome !== 'dead-lettered')
    throw new DeclinedError(`${id} is no longer a dead letter. See backstop trace ${id}${session.sameGlobals}`);
  const looked = await survey(queueToLookAt(session, route.sourceUrl), {
    filter: { ids: [id] },
    signal: session.signal,
  });
  if (looked.found.length === 0) {
    throw new NotFoundError(
      `No parked dead letter of ${id}. If it is in its dead-letter queue: backstop dlq redrive --id ${id}${session.sameGlobals}`,
    );
  }
  const plan = `Allow ${id} one more cycle, its ${ordinal(entry.cycle + 1)}, and move its dead letter to the lane of ${entry.dependency}.`;
  if (dryRun)
    return session.print.result({ id, cycle: entry.cycle + 1, dryRun }, (print) =>
      print.line(`${plan} Dry run: nothing was done.`),
    );
  const who = await session.decide({
    action: 'redrive',
    dependency: entry.dependency,
    failureId: id,
    why,
    by,
    plan,
    facts: { queue: route.name, cycle: entry.cycle + 1 },
  });
  if ((await sessionLedger(session).allowCycle(entry, who)) === undefined)
    throw new DeclinedError(`${id} has just moved on. See backstop trace ${id}${session.sameGlobals}`);
  const filter = { ids: [id] };
  await executeRedrive(
    session,
    route,
    newRun({ lane: route.name, ...who, filter, rate: DEFAULT_RATE, startedAt: session.now() }),
    looked.found.length,
  );
}

function ordinal(count: number): string {
  const ending = { 1: 'st', 2: 'nd', 3: 'rd' }[count % 100 > 10 && count % 100 < 14 ? 0 : count % 10] ?? 'th';
  return `${count}${ending}`;
}

import { type CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { allCircuits } from '../../lambdas/adapters/circuit/all-circuits.ts';
import { queueDepth } from '../../lambdas/adapters/health/queue-depth.ts';
import { backlog } from '../../lambdas/adapters/ledger/backlog.ts';
import { entriesOf, pendingKeys } from '../../lambdas/adapters/ledger/listed-failures.ts';
import { OUTCOMES } from '../../lambdas/contract/outcomes.ts';
import { ownMember } from '../../lambdas/contract/own-member.ts';
import { iso } from '../../lambdas/contract/time.ts';
import { circuitSubject } from '../../lambdas/domain/circuit/circuit-key.ts';
import { effectiveCircuit } from '../../lambdas/domain/circuit/effective-circuit.ts';
import { type AddCommand, example } from '../session/command.ts';
import { sessionLedger } from '../session/dead-letters.ts';
import type { Lane } from '../session/deployment.ts';
import { isPaused, type LaneMetrics, laneMetrics } from '../session/lane-state.ts';
import { leftQueues } from '../session/left-queues.ts';
import type { Cell, Printer } from '../session/printer.ts';
import type { Session } from '../session/session.ts';
import { shortSpan } from '../session/short-span.ts';
import { statusOf } from '../session/where-is.ts';

export const addStatus: AddCommand = (program, open) => {
  program
    .command('status')
    .description('Show alarms, lanes, circuits, backlog and the outcomes of the last hour.')
    .addHelpText('after', example('backstop status'))
    .action(async (_, command) => status(await open(command)));
};

type Status = Awaited<ReturnType<typeof lookAround>>;

async function status(session: Session): Promise<void> {
  const found = await lookAround(session);
  session.print.result(found, (print) => tell(found, print, session));
}

async function lookAround(session: Session) {
  const { deployment, clients } = session;
  const now = session.now();
  const { lanes, outputs } = deployment;
  const table = { client: clients.dynamodb, table: deployment.ledgerTable };
  const [alarms, metrics, circuits, unfinished, held, left, ...rows] = await Promise.all([
    told(alarmsOf(clients.cloudwatch, deployment.stack), 'alarms', session),
    told(laneMetrics(clients.cloudwatch, deployment, now), 'metrics', session),
    allCircuits({ client: clients.dynamodb, table: deployment.circuitsTable }, now),
    backlog(table),
    heldByLane(session),
    noted(leftQueues(clients.sqs, deployment), 'the queues of removed lanes', session),
    ...lanes.map((lane) => laneOf(lane, session)),
  ]);
  const queues = ['Rejects', 'LastResort', 'Parked', 'AlertDeadLetters'].flatMap((name) => {
    const url = outputs[`${name}QueueUrl`];
    return url === undefined ? [] : [[name, url] as const];
  });
  const depths = await Promise.all(
    queues.map(async ([name, url]) => [name, (await depthOf(url, QUEUES[name] ?? name, session))?.waiting] as const),
  );
  return {
    stack: deployment.stack,
    region: deployment.region,
    at: iso(now),
    alarms: alarms ?? [],
    lanes: rows.map((row) => ({
      ...row,
      held: held.get(row.lane) ?? 0,
      ...(metrics?.get(row.lane) ?? NO_METRICS),
      circuits: notClosed(row.lane),
    })),
    queues: Object.fromEntries(depths),
    leftQueues: left ?? [],
    ...unfinished,
  };

  function notClosed(lane: string): readonly string[] {
    return circuits
      .filter(({ key }) => circuitSubject(key).dependency === lane)
      .map(({ key, snapshot }) => [key, effectiveCircuit(snapshot.circuit, now).kind] as const)
      .filter(([, kind]) => kind !== 'closed')
      .map(([key, kind]) => (key === lane ? kind : `${circuitSubject(key).tenant} ${kind}`));
  }
}

const NO_METRICS: LaneMetrics = { outcomes: {} };

/** Counts of one lane; undefined where its queue can't be read. */
async function laneOf(lane: Lane, session: Session) {
  const { name, queueUrl, orderedQueueUrl, deadLetterQueueUrl } = lane;
  const [queue, ordered, deadLetters, paused] = await Promise.all([
    depthOf(queueUrl, `the lane queue of ${name}`, session),
    orderedQueueUrl === undefined ? NO_MESSAGES : depthOf(orderedQueueUrl, `the ordered queue of ${name}`, session),
    depthOf(deadLetterQueueUrl, `the dead-letter queue of ${name}`, session),
    noted(isPaused(session.clients.lambda, lane), `whether the lane ${name} is paused`, session),
  ]);
  return {
    lane: name,
    waiting: queue && ordered && queue.waiting + ordered.waiting,
    inFlight: queue && ordered && queue.inFlight + ordered.inFlight,
    deadLetters: deadLetters && deadLetters.waiting + deadLetters.inFlight,
    paused: paused ?? false,
  };
}

const NO_MESSAGES = { waiting: 0, inFlight: 0 };

function depthOf(url: string, what: string, session: Session) {
  return noted(queueDepth(session.clients.sqs, url), what, session);
}

/** Notes what can't be read, so that the command shows the rest. */
async function noted<T>(work: Promise<T>, what: string, { print }: Session): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    print.note(`Can't read ${what}: ${(error as Error).name}`);
    return undefined;
  }
}

/** Most failures of one index partition whose holds are counted. */
const MOST_READ = 1_000;

/** How many failures of each lane wait without losing an attempt. */
async function heldByLane(session: Session): Promise<ReadonlyMap<string, number>> {
  const { clients, deployment, print } = session;
  const { keys, isCut } = await pendingKeys({ client: clients.dynamodb, table: deployment.ledgerTable }, MOST_READ);
  if (isCut) print.note(`Held failures are counted among ${keys.length} of those in progress only.`);
  const counts = new Map<string, number>();
  for (const entry of await entriesOf(keys, sessionLedger(session)))
    if (statusOf(entry, session.now()) === 'held')
      counts.set(entry.dependency, (counts.get(entry.dependency) ?? 0) + 1);
  return counts;
}

/** Notes a failed lookup, so that the command shows the rest. */
async function told<T>(work: Promise<T>, what: string, { print }: Session): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    print.note(`CloudWatch did not return ${what}: ${(error as Error).name}`);
    return undefined;
  }
}

/** Names of the alarms in the state ALARM. */
async function alarmsOf(client: CloudWatchClient, stack: string): Promise<readonly string[]> {
  const ringing: string[] = [];
  const request = { AlarmNamePrefix: `${stack}-`, StateValue: 'ALARM' as const };
  const types = ['CompositeAlarm' as const, 'MetricAlarm' as const];
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of paginateDescribeAlarms(
    { client },
    { ...request, AlarmTypes: types },
  )) {
    ringing.push(...[...CompositeAlarms, ...MetricAlarms].flatMap(({ AlarmName }) => AlarmName ?? []));
  }
  return ringing;
}

function tell(
  { stack, region, alarms, lanes, queues, leftQueues: left, open, questions }: Status,
  print: Printer,
  session: Session,
): void {
  print.heading(`${stack} in ${region}`);
  for (const alarm of alarms) print.line({ text: 'ALARM', style: 'red' }, `  ${alarm}`);
  print.line();
  const troubled = (lane: Status['lanes'][number]) =>
    lane.circuits.length > 0 || lane.paused ? 2 : (lane.deadLetters ?? 1) > 0 ? 1 : 0;
  const sorted = [...lanes].sort((a, b) => troubled(b) - troubled(a));
  print.records(
    ['lane', 'circuit', 'waiting', 'in flight', 'held', 'oldest', 'dead letters', 'last hour'],
    sorted.map((lane): Cell[] => [
      lane.lane,
      circuitCell(lane),
      lane.waiting ?? UNREAD,
      lane.inFlight ?? UNREAD,
      lane.held,
      lane.oldestSeconds === undefined ? '' : shortSpan(lane.oldestSeconds * 1_000),
      lane.deadLetters === undefined
        ? UNREAD
        : lane.deadLetters === 0
          ? 0
          : { text: String(lane.deadLetters), style: 'yellow' },
      {
        items: OUTCOMES.flatMap((outcome) =>
          lane.outcomes[outcome] === undefined ? [] : `${lane.outcomes[outcome]} ${outcome}`,
        ),
      },
    ]),
  );
  print.line();
  const others = Object.entries(queues).map(
    ([name, count]) => `${ownMember(QUEUES, name) ?? name}: ${count ?? UNREAD}`,
  );
  print.line(`  failures in progress: ${open}; open decisions: ${questions}`);
  print.line(`  ${others.join('; ')}`);
  for (const { name, messages } of left) {
    print.line({ text: '  UNREAD', style: 'yellow' }, `  ${name}: ${messages} messages of a removed lane`);
  }
  if (left.length > 0) print.line('  next: docs/runbook.md#queues-that-nothing-reads');
  for (const hint of hints({ lanes, questions, queues })) print.line(`  next: ${session.command(hint)}`);
}

/** Stands for a count that could not be read. */
const UNREAD = '?';

const QUEUES: Readonly<Record<string, string>> = {
  Rejects: 'rejected events',
  LastResort: 'last resort',
  Parked: 'parked',
  AlertDeadLetters: 'undelivered alerts',
};

function circuitCell({ circuits, paused }: Status['lanes'][number]): Cell {
  const shown = circuits.length > 2 ? `${circuits.length} not closed` : circuits.join(', ');
  if (paused) return { text: `paused${shown === '' ? '' : `, ${shown}`}`, style: 'magenta' };
  return shown === '' ? { text: 'closed', style: 'green' } : { text: shown, style: 'red' };
}

/** Words of commands to run next. */
function hints({ lanes, questions, queues }: Pick<Status, 'lanes' | 'questions' | 'queues'>): readonly string[] {
  return [
    ...(lanes.some(({ circuits }) => circuits.length > 0) ? ['circuits ls'] : []),
    ...(lanes.some(({ held }) => held > 0) ? ['failures --status held'] : []),
    ...(lanes.some(({ deadLetters = 0 }) => deadLetters > 0) ? ['dlq ls'] : []),
    ...(questions > 0 ? ['decisions'] : []),
    ...((queues.Parked ?? 0) > 0 ? ['dlq ls --parked'] : []),
  ];
}

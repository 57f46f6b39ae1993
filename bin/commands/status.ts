import { type CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { allCircuits } from '../../lambdas/adapters/circuit/all-circuits.ts';
import { queueDepth } from '../../lambdas/adapters/health/queue-depth.ts';
import { iso } from '../../lambdas/contract/time.ts';
import { circuitSubject } from '../../lambdas/domain/circuit/circuit-key.ts';
import { effectiveCircuit } from '../../lambdas/domain/circuit/effective-circuit.ts';
import type { DependencyCounts } from '../../lambdas/use-cases/ledger/failure-counts.ts';
import { type AddCommand, example } from '../session/command.ts';
import { countedFailures } from '../session/counted-failures.ts';
import type { Lane } from '../session/deployment.ts';
import { allIncidents } from '../session/incidents.ts';
import { isPaused, type LaneMetrics, laneMetrics } from '../session/lane-state.ts';
import { leftQueues } from '../session/left-queues.ts';
import type { Session } from '../session/session.ts';
import { QUEUES, type Status, tellStatus } from './status-report.ts';

export const addStatus: AddCommand = (program, open) => {
  program
    .command('status')
    .description('Show whether to act: open incidents, alarms, each lane with its failures, and the last hour.')
    .addHelpText('after', example('backstop status'))
    .action(async (_, command) => status(await open(command)));
};

async function status(session: Session): Promise<void> {
  const found = await lookAround(session);
  session.print.result(found, (print) => tellStatus(found, print, session));
}

async function lookAround(session: Session): Promise<Status> {
  const { deployment, clients } = session;
  const now = session.now();
  const { lanes } = deployment;
  // All at once: a person waits.
  const [incidents, alarms, metrics, circuits, counted, left, queues, ...rows] = await Promise.all([
    noted(allIncidents(session), 'the incidents', session),
    told(alarmsOf(clients.cloudwatch, deployment.stack), 'alarms', session),
    told(laneMetrics(clients.cloudwatch, deployment, now), 'metrics', session),
    allCircuits({ client: clients.dynamodb, table: deployment.circuitsTable }, now),
    noted(countedFailures(session), 'how many failures there are', session),
    noted(leftQueues(clients.sqs, deployment), 'the queues of removed lanes', session),
    otherQueues(session),
    ...lanes.map((lane) => laneOf(lane, session)),
  ]);
  const total = counted?.total;
  return {
    stack: deployment.stack,
    region: deployment.region,
    at: iso(now),
    needsHuman: incidents?.some(({ needsHuman }) => needsHuman),
    incidents,
    alarms: alarms ?? [],
    counts: total,
    lanes: rows.map(({ messages, isOrdered, ...row }) => {
      const counts = counted && (counted.of.get(row.lane) ?? NOTHING);
      return {
        ...row,
        counts,
        unclaimed: counts && unclaimedOf(row.waiting, messages, isOrdered ? counts.total - counts.dead : counts.inLane),
        held: counts?.held,
        ...(metrics?.get(row.lane) ?? NO_METRICS),
        circuits: notClosed(row.lane),
      };
    }),
    queues,
    leftQueues: left ?? [],
    open: total && total.running + total.held + total.undoing,
    questions: total?.decision,
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
const NOTHING: DependencyCounts = {
  running: 0,
  held: 0,
  decision: 0,
  undoing: 0,
  dead: 0,
  total: 0,
  isExact: true,
  inLane: 0,
  behindCircuit: 0,
};

/**
 * Messages of a lane that no worker has claimed as failures yet, about. They are visible, and more than the failures
 * that have their message there. An ordered queue keeps the message of a failure until its end; another lane only as
 * long as the failure stays in the hot tier.
 */
function unclaimedOf(visible: number | undefined, messages: number | undefined, claimed: number): number | undefined {
  return visible === undefined || messages === undefined
    ? undefined
    : Math.max(0, Math.min(visible, messages - claimed));
}

/** Messages of the queues that no lane has; undefined for one that can't be read. */
async function otherQueues(session: Session): Promise<Readonly<Record<string, number | undefined>>> {
  const { outputs } = session.deployment;
  const found = Object.entries(QUEUES).map(async ([name, words]) => {
    const url = outputs[`${name}QueueUrl`];
    return url === undefined ? [] : [[name, (await depthOf(url, words, session))?.waiting] as const];
  });
  return Object.fromEntries((await Promise.all(found)).flat());
}

/** Counts of one lane; undefined where its queue can't be read. */
async function laneOf(lane: Lane, session: Session) {
  const { name, queueUrl, orderedQueueUrl, deadLetterQueueUrl } = lane;
  const [queue, ordered, deadLetters, paused] = await Promise.all([
    depthOf(queueUrl, `the lane queue of ${name}`, session),
    orderedQueueUrl === undefined ? NO_MESSAGES : depthOf(orderedQueueUrl, `the ordered queue of ${name}`, session),
    depthOf(deadLetterQueueUrl, `the dead-letter queue of ${name}`, session),
    noted(isPaused(session.clients.lambda, lane), `whether the lane ${name} is paused`, session),
  ]);
  const [waiting, inFlight] = [
    queue && ordered && queue.waiting + ordered.waiting,
    queue && ordered && queue.inFlight + ordered.inFlight,
  ];
  return {
    lane: name,
    waiting,
    inFlight,
    messages: waiting === undefined || inFlight === undefined ? undefined : waiting + inFlight,
    isOrdered: orderedQueueUrl !== undefined,
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

import { Duration } from 'aws-cdk-lib';
import { AlarmStatusWidget, type Dashboard, type IAlarm, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import type { MetricName } from '../../lambdas/contract/metrics.ts';
import { OUTCOMES } from '../../lambdas/contract/outcomes.ts';
import type { LaneView } from '../lane/lane-view.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { backstopMetric } from '../parts/backstop-metric.ts';
import type { Escalations, RunbookSection } from '../parts/escalations.ts';
import { figures, graph, heading, PANEL_PERIOD } from './panels.ts';
import { SteadyDashboard } from './steady-dashboard.ts';

interface OverviewDashboardProps {
  readonly escalations: Pick<Escalations, 'linkTo'>;
  /** The alarms that alert humans: one per group, and those outside of groups. */
  readonly alarms: readonly IAlarm[];
  /** All lanes. The first of them have figures. */
  readonly lanes: readonly LaneView[];
  /** Lanes with a row of their own. */
  readonly rows: readonly LaneView[];
  readonly rejects: IQueue;
  readonly lastResort: IQueue;
  readonly parked: IQueue;
  readonly undelivered: IQueue;
  readonly publisher: BackstopFunction;
}

/** The most alarms that CloudWatch shows in one widget. */
const MOST_ALARMS = 100;
/** The most figures that stay readable in the first row. Every dependency has its own row below. */
const MOST_FIGURES = 12;

/** Shows on the first screen what is wrong now, then one row per dependency if there are few. */
export class OverviewDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: OverviewDashboardProps) {
    super(scope, id);
    const { escalations, rows } = props;
    this.dashboard = new SteadyDashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(3),
      widgets: [...now(props), ...rows.flatMap((lane) => rowOf(lane, escalations))],
    });
  }
}

function now(props: OverviewDashboardProps): IWidget[][] {
  const { escalations, alarms, lanes } = props;
  const few = lanes.slice(0, MOST_FIGURES);
  return [
    [heading(`# What is wrong now\n\n[What to do](${escalations.linkTo('dependency-in-trouble')})`, 2)],
    [
      new AlarmStatusWidget({
        title: 'Alarms',
        alarms: alarms.slice(0, MOST_ALARMS),
        width: 12,
        height: 6,
      }),
      figures(
        'Circuits open',
        few.map((lane) => circuitsOpen(lane, lane.settings.name)),
        6,
      ),
      figures(
        'Dead letters',
        few.map((lane) => deadLetters(lane, lane.settings.name)),
        6,
      ),
    ],
    [
      graph({ title: 'Waiting for a human', metrics: waiting(props), width: 8 }),
      graph({ title: 'Backstop internal errors', metrics: faults(props.publisher), width: 8 }),
      graph({
        title: 'Outbox lag (ms) and memory (%)',
        metrics: [
          props.publisher.metric('IteratorAge', { statistic: 'Maximum', period: PANEL_PERIOD, label: 'outbox' }),
        ],
        right: [own(props.publisher, 'MemoryUsed', {}, 'memory', 'Maximum')],
        width: 8,
      }),
    ],
  ];
}

/** Two rows of widgets: a heading, and how one dependency fares. */
export function rowOf(lane: LaneView, escalations: Pick<Escalations, 'linkTo'>): IWidget[][] {
  const { name } = lane.settings;
  const section: RunbookSection = 'dependency-in-trouble';
  const waiting = lane.ordered ?? lane.queue;
  const dependency = { dependency: name };
  const period = PANEL_PERIOD;
  return [
    [heading(`## ${name} ([what to do](${escalations.linkTo(section)}))`)],
    [
      graph({
        title: `${name}: outcomes`,
        metrics: OUTCOMES.map((outcome) => own(lane, 'FailureSettled', { ...dependency, outcome }, outcome)),
        right: [lane.queue.metricNumberOfMessagesSent({ period, label: 'sent to the lane' })],
        stacked: true,
        width: 6,
      }),
      graph({
        title: `${name}: calls (ms)`,
        metrics: ['p50', 'p99'].map((statistic) => own(lane, 'CallDuration', dependency, statistic, statistic)),
        width: 6,
      }),
      graph({
        title: `${name}: circuits and concurrency`,
        metrics: [
          circuitsOpen(lane, 'circuits open'),
          lane.worker.metric('ConcurrentExecutions', { statistic: 'Maximum', period, label: 'batches in progress' }),
        ],
        width: 6,
      }),
      graph({
        title: `${name}: backlog and its age (s)`,
        metrics: [
          waiting.metricApproximateNumberOfMessagesVisible({ period, label: 'waiting' }),
          waiting.metricApproximateNumberOfMessagesDelayed({ period, label: 'delayed' }),
          deadLetters(lane, 'dead letters'),
        ],
        right: [waiting.metricApproximateAgeOfOldestMessage({ period, label: 'oldest' })],
        width: 6,
      }),
    ],
  ];
}

function circuitsOpen(lane: LaneView, label: string) {
  return own(lane, 'CircuitsOpen', { dependency: lane.settings.name }, label, 'Maximum');
}

function deadLetters({ deadLetterQueue }: LaneView, label: string) {
  return deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: PANEL_PERIOD, label });
}

function waiting({ rejects, lastResort, parked, undelivered }: OverviewDashboardProps) {
  const queues = {
    rejects,
    'last resort': lastResort,
    'parked dead letters': parked,
    'undelivered alerts': undelivered,
  };
  return Object.entries(queues).map(([label, queue]) =>
    queue.metricApproximateNumberOfMessagesVisible({ period: PANEL_PERIOD, label }),
  );
}

function faults(scope: IConstruct) {
  return [
    own(scope, 'HandlerFailed', {}, 'failed invocations'),
    own(scope, 'CircuitStoreUnreachable', {}, 'circuits table unreachable'),
    own(scope, 'FailureReconciled', { repair: 'rescued' }, 'executions replaced'),
    own(scope, 'FailureReconciled', { repair: 'published' }, 'outcomes published late'),
  ];
}

function own(
  scope: IConstruct,
  name: MetricName,
  dimensions: Readonly<Record<string, string>>,
  label: string,
  statistic = 'Sum',
) {
  return backstopMetric(scope, name, dimensions, { statistic, label, period: PANEL_PERIOD });
}

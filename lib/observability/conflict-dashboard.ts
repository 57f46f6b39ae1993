import { Duration } from 'aws-cdk-lib';
import { type Dashboard, GraphWidget, type IMetric, MathExpression, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct, type IConstruct } from 'constructs';
import type { Winner } from '../../lambdas/contract/conflict-record.ts';
import type { MetricName } from '../../lambdas/contract/metrics.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import { pascalCase } from '../config/pascal-case.ts';
import type { DependencyLane } from '../lane/dependency-lane.ts';
import { LaneView, partsOf } from '../lane/lane-view.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { backstopMetric, NAMESPACE } from '../parts/backstop-metric.ts';
import type { RunbookSection } from '../parts/escalations.ts';
import { serviceName } from '../parts/service-name.ts';
import { ConflictInsights } from './conflict-insights.ts';
import { ContributorsWidget } from './contributors-widget.ts';
import { SteadyDashboard } from './steady-dashboard.ts';

type Shown = Pick<DependencySettings, 'name' | 'conflict'>;

interface ConflictDashboardProps {
  /** The dependencies to show. */
  readonly settings: readonly Shown[];
  /** Ranks the resources by lost races. */
  readonly insights: ConflictInsights;
  /** Address of the runbook. */
  readonly runbookUrl: string;
}

const WINNERS = ['ours', 'theirs', 'merged'] as const satisfies readonly Winner[];
const PERIOD = Duration.minutes(5);
/** Two widgets fit into a row. */
const SIZE = { width: 12, height: 7 };
const TOP_RESOURCES = 10;

/** Shows how often writes lose a race, how the conflicts end, and which resources lose most races. */
export class ConflictDashboard extends Construct {
  /** The CloudWatch dashboard. */
  readonly dashboard: Dashboard;

  /** @internal */
  constructor(scope: Construct, id: string, { settings, insights, runbookUrl }: ConflictDashboardProps) {
    super(scope, id);
    this.dashboard = new SteadyDashboard(this, 'Dashboard', {
      defaultInterval: Duration.days(1),
      widgets: [
        [new TextWidget({ markdown: howToRead(runbookUrl), width: 24, height: 5 })],
        ...inGroups(settings).map((some, at) => [
          graph(
            `Conflicts${at === 0 ? '' : ` (${at + 1})`}`,
            some.map((each) => met(this, each)),
          ),
          graph(
            `Settled conflicts by winner${at === 0 ? '' : ` (${at + 1})`}`,
            some.flatMap((each) => resolved(this, each)),
          ),
        ]),
        [
          graph('Decisions requested by cause', [asked(this)]),
          ...insights.rules.map(
            (rule) =>
              new ContributorsWidget({
                ...SIZE,
                title: 'Most contended resources',
                rule,
                period: PERIOD,
                top: TOP_RESOURCES,
              }),
          ),
        ],
      ],
    });
  }
}

/** CloudWatch takes 500 metrics in a widget, and nobody reads as many lines. */
const MOST_IN_GRAPH = 50;

function inGroups(all: readonly Shown[]): readonly (readonly Shown[])[] {
  return all.length === 0 ? [] : [all.slice(0, MOST_IN_GRAPH), ...inGroups(all.slice(MOST_IN_GRAPH))];
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ ...SIZE, title, left, leftYAxis: { min: 0, showUnits: false } });
}

function met(scope: IConstruct, { name, conflict: { strategy } }: Shown): IMetric {
  return counted(scope, 'ConflictMet', { dependency: name, strategy }, `${name} (${strategy})`);
}

function resolved(scope: IConstruct, { name, conflict: { strategy } }: Shown): IMetric[] {
  return WINNERS.map((winner) =>
    counted(scope, 'ConflictResolved', { dependency: name, strategy, winner }, `${name}: ${winner}`),
  );
}

/** Uses a search, because the list of possible reasons is long and most deployments see only two or three. */
function asked(scope: IConstruct): IMetric {
  const schema = [NAMESPACE, 'service', 'dependency', 'strategy', 'because'].join(',');
  const name = 'DecisionAsked' satisfies MetricName;
  return new MathExpression({
    expression: `SEARCH('{${schema}} MetricName="${name}" service="${serviceName(scope)}"', 'Sum', ${PERIOD.toSeconds()})`,
    label: `\${PROP('Dim.dependency')} (\${PROP('Dim.strategy')}): \${PROP('Dim.because')}`,
    period: PERIOD,
  });
}

function counted(
  scope: IConstruct,
  name: MetricName,
  dimensions: Readonly<Record<string, string>>,
  label: string,
): IMetric {
  return backstopMetric(scope, name, dimensions, { label, statistic: 'Sum', period: PERIOD });
}

function howToRead(runbookUrl: string): string {
  const section: RunbookSection = 'contended-resources';
  return [
    '# Conflicts',
    'A write that lost a race (409, 412, 428) is compared with the current version and settled by the strategy of its dependency. Each lost round counts as one conflict.',
    '- Many conflicts, many settled: several writers share few resources. Look at the most contended ones.',
    '- Many conflicts, few settled: the rest wait for a human decision or become dead letters.',
    '- A digest stands for each resource; the logs have the same digest beside the failure ids.',
    `[What to do](${runbookUrl}#${section})`,
  ].join('\n\n');
}

/**
 * Shows the conflicts of the lanes that resolve some.
 *
 * @param others functions that meet conflicts, in addition to the workers
 */
export function showConflicts(
  scope: Construct,
  lanes: ReadonlyMap<string, DependencyLane>,
  others: readonly BackstopFunction[],
  runbookUrl: string,
): ConflictDashboard | undefined {
  const resolving = [...lanes.values()].filter(({ settings }) => settings.conflict.strategy !== 'reject');
  if (resolving.length === 0) return undefined;
  const views = resolving.map(
    (lane) => new LaneView(scope, `${pascalCase(lane.settings.name)}Seen`, lane, partsOf(lane)),
  );
  const insights = new ConflictInsights(scope, 'ConflictInsights', {
    logGroups: [...views.map(({ workerLogs }) => workerLogs), ...others.map(({ logGroup }) => logGroup)],
  });
  const settings = resolving.map((lane) => lane.settings);
  return new ConflictDashboard(scope, 'Conflicts', { settings, insights, runbookUrl });
}

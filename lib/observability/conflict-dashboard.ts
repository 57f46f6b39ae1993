import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, MathExpression, Metric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Winner } from '../../lambdas/contract/conflict-record.ts';
import type { MetricName } from '../../lambdas/contract/metrics.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import { METRICS } from '../parts/backstop-function.ts';
import type { RunbookSection } from '../parts/escalations.ts';
import type { ConflictInsights } from './conflict-insights.ts';
import { ContributorsWidget } from './contributors-widget.ts';

interface ConflictDashboardProps {
  /** The dependencies to show. */
  readonly settings: readonly Pick<DependencySettings, 'name' | 'conflict'>[];
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
    this.dashboard = new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.days(1),
      widgets: [
        [new TextWidget({ markdown: howToRead(runbookUrl), width: 24, height: 5 })],
        [graph('Conflicts', settings.map(met)), graph('Settled conflicts by winner', settings.flatMap(resolved))],
        [
          graph('Decisions requested by cause', [asked()]),
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

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ ...SIZE, title, left, leftYAxis: { min: 0, showUnits: false } });
}

function met({ name, conflict: { strategy } }: Pick<DependencySettings, 'name' | 'conflict'>): IMetric {
  return counted('ConflictMet', { dependency: name, strategy }, `${name} (${strategy})`);
}

function resolved({ name, conflict: { strategy } }: Pick<DependencySettings, 'name' | 'conflict'>): IMetric[] {
  return WINNERS.map((winner) =>
    counted('ConflictResolved', { dependency: name, strategy, winner }, `${name}: ${winner}`),
  );
}

/** Uses a search, because the list of possible reasons is long and most deployments see only two or three. */
function asked(): IMetric {
  const dimensions = [...Object.keys(METRICS.dimensions), 'dependency', 'strategy', 'because'];
  const schema = [METRICS.namespace, ...dimensions].join(',');
  const name = 'DecisionAsked' satisfies MetricName;
  return new MathExpression({
    expression: `SEARCH('{${schema}} MetricName="${name}"', 'Sum', ${PERIOD.toSeconds()})`,
    label: `\${PROP('Dim.dependency')} (\${PROP('Dim.strategy')}): \${PROP('Dim.because')}`,
    period: PERIOD,
  });
}

function counted(metricName: MetricName, dimensions: Readonly<Record<string, string>>, label: string): IMetric {
  const dimensionsMap = { ...METRICS.dimensions, ...dimensions };
  return new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap,
    label,
    statistic: 'Sum',
    period: PERIOD,
  });
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

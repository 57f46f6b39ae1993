import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { ConflictDashboard } from '../../../lib/observability/conflict-dashboard.ts';
import { ConflictInsights } from '../../../lib/observability/conflict-insights.ts';
import { packageRoot } from '../../../lib/parts/package-root.ts';
import { named, ownStack, resource, resourcesOf, sharedTemplates, synthesizeTemplates } from '../templates.ts';

interface Widget {
  readonly type: string;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly metrics?: unknown;
    readonly insightRule?: unknown;
  };
}

const stack = ownStack();
const insights = new ConflictInsights(stack, 'Insights', { logGroups: [new LogGroup(stack, 'Logs')] });
new ConflictDashboard(stack, 'Conflicts', {
  settings: [
    { name: 'orders', conflict: { strategy: 'merge', arrayKeys: {}, sensitive: [] } },
    { name: 'stock', conflict: { strategy: 'ask', sensitive: [] } },
  ],
  insights,
  runbookUrl: 'https://wiki.example.com/runbook',
});
/** The pipeline's name: these parts are in no pipeline, so the stack names them. */
const SERVICE = 'Own';
const { DashboardBody } = resource(Template.fromStack(stack), 'AWS::CloudWatch::Dashboard', 'Conflicts').Properties;
const widgets = widgetsOf(DashboardBody);

/** Joins the template's parts. Only the region and a rule's name aren't text. */
function widgetsOf(body: { readonly 'Fn::Join': readonly [string, readonly unknown[]] }): readonly Widget[] {
  const text = body['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : nameOf(part))).join('');
  return JSON.parse(text).widgets;
}

function nameOf(part: unknown): string {
  return JSON.stringify(part)
    .replaceAll(/[^\w.]+/g, ' ')
    .trim();
}

function widget(title: string): Widget['properties'] {
  const found = widgets.filter(({ properties }) => properties.title === title);
  expect(found).toHaveLength(1);
  return found[0]?.properties ?? {};
}

it('counts the conflicts met by dependency and strategy', () => {
  expect(widget('Conflicts').metrics).toEqual([
    ['Backstop', 'ConflictMet', 'dependency', 'orders', 'service', SERVICE, 'strategy', 'merge', expect.anything()],
    ['Backstop', 'ConflictMet', 'dependency', 'stock', 'service', SERVICE, 'strategy', 'ask', expect.anything()],
  ]);
});

it('counts the conflicts settled by dependency, strategy and winner', () => {
  const { metrics } = widget('Settled conflicts by winner');
  expect(metrics).toHaveLength(6);
  expect(metrics).toContainEqual([
    'Backstop',
    'ConflictResolved',
    'dependency',
    'orders',
    'service',
    SERVICE,
    'strategy',
    'merge',
    'winner',
    'merged',
    { label: 'orders: merged', stat: 'Sum' },
  ]);
});

it('finds the questions asked, whatever they are about', () => {
  const { metrics } = widget('Decisions requested by cause');
  expect(metrics).toEqual([
    [
      {
        expression: `SEARCH('{Backstop,service,dependency,strategy,because} MetricName="DecisionAsked" service="${SERVICE}"', 'Sum', 300)`,
        label: `\${PROP('Dim.dependency')} (\${PROP('Dim.strategy')}): \${PROP('Dim.because')}`,
      },
    ],
  ]);
});

it('shows the most contended resources', () => {
  expect(widget('Most contended resources')).toMatchObject({
    region: 'Ref AWS Region',
    insightRule: { ruleName: expect.stringContaining('RuleName'), maxContributorCount: 10, orderBy: 'Sum' },
  });
});

it('says how it is read, and links a section that the runbook has', () => {
  const text = widgets.find(({ type }) => type === 'text')?.properties.markdown ?? '';
  expect(text).toContain('(https://wiki.example.com/runbook#contended-resources)');
  expect(readFileSync(join(packageRoot(), 'docs/runbook.md'), 'utf8')).toMatch(/^#+ Contended resources$/m);
});

describe('in a pipeline', () => {
  const dependency = { kind: 'http', baseUrl: 'https://orders.example.com' } as const;

  it('is there for the dependencies whose conflicts are resolved, over the logs of all that meet them', () => {
    const conflict = { strategy: 'ask' } as const;
    const { pipeline } = synthesizeTemplates({
      dependencies: { orders: { ...dependency, conflict }, stock: dependency },
    });
    const { RuleBody } = resource(pipeline, 'AWS::CloudWatch::InsightRule', 'PipelineConflictInsights').Properties;
    expect(JSON.parse(named(RuleBody)).LogGroupNames).toEqual([
      'OrdersLaneWorkerLogs',
      'RecoveryFunctionsAttemptLogs',
      'RecoveryFunctionsResolveLogs',
    ]);
    const { DashboardBody: body } = resource(pipeline, 'AWS::CloudWatch::Dashboard', 'PipelineConflicts').Properties;
    expect(JSON.stringify(body)).toContain('orders (ask)');
    expect(JSON.stringify(body)).not.toContain('stock');
  });

  it('is absent, as are its rules, where all conflicts are rejected', () => {
    const { pipeline } = sharedTemplates();
    expect(Object.keys(resourcesOf(pipeline, 'AWS::CloudWatch::Dashboard'))).toHaveLength(2);
    expect(resourcesOf(pipeline, 'AWS::CloudWatch::InsightRule')).toEqual({});
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../lib/parts/package-root.ts';
import { named, resource, resourcesOf, sharedTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();
const bodyOf = (id: string, template = pipeline) =>
  JSON.parse(
    named(resource(template, 'AWS::CloudWatch::Dashboard', `PipelineDashboards${id}`).Properties.DashboardBody),
  );

interface Widget {
  readonly type: string;
  readonly width: number;
  readonly x: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

const overview: readonly Widget[] = bodyOf('Overview').widgets;
const cost: readonly Widget[] = bodyOf('Cost').widgets;
const widget = (of: readonly Widget[], title: string) =>
  of.find(({ properties }) => properties.title === title)?.properties;
/** Names of a widget's metrics. */
const metricsOf = (of: readonly Widget[], title: string) =>
  widget(of, title)?.metrics?.map((metric) => metric.slice(0, 2).join(' ')) ?? [];

describe('the overview', () => {
  it('begins with all alarms that tell humans, and no others', () => {
    const telling = ['AWS::CloudWatch::CompositeAlarm', 'AWS::CloudWatch::Alarm'].flatMap((type) =>
      Object.entries(resourcesOf(pipeline, type)).filter(([, { Properties }]) => Properties.AlarmActions),
    );
    const shown = widget(overview, 'Alarms')?.alarms ?? [];
    const ids = telling.map(([id]) => id.replace(/^Pipeline/, '').replace(/[0-9A-F]{8}$/, ''));
    expect([...shown].toSorted()).toEqual(ids.toSorted());
  });

  it('has a row for each dependency', () => {
    for (const name of ['payments', 'stock-levels']) {
      expect(metricsOf(overview, `${name}: calls (ms)`)).toEqual(['Backstop CallDuration', 'Backstop CallDuration']);
      expect(metricsOf(overview, `${name}: outcomes`)).toHaveLength(8);
      expect(metricsOf(overview, `${name}: circuits and concurrency`)).toContain('Backstop CircuitsOpen');
      expect(metricsOf(overview, `${name}: backlog and its age (s)`)).toHaveLength(4);
    }
  });

  it('links sections that the runbook has', () => {
    const runbook = readFileSync(join(packageRoot(), 'docs/runbook.md'), 'utf8');
    const texts = overview.map(({ properties }) => properties.markdown ?? '').join();
    const links = [...texts.matchAll(/\(docs\/runbook\.md#([a-z-]+)\)/g)].map(([, section = '']) => section);
    expect(links.length).toBeGreaterThan(2);
    for (const section of new Set(links)) {
      expect(runbook.toLowerCase().replaceAll(' ', '-')).toMatch(new RegExp(`^#+-${section}$`, 'm'));
    }
  });
});

interface Expression {
  readonly expression: string;
  readonly id?: string;
  readonly label?: string;
}

function expressionsOf(widgets: readonly Widget[]): readonly Expression[] {
  const metrics = widget(widgets, 'Dollars per day')?.metrics ?? [];
  return metrics.flatMap(([first]) =>
    typeof first === 'object' && first !== null && 'expression' in first ? [first as Expression] : [],
  );
}

/** A line's expression, with the expressions that it refers to. */
function formula(widgets: readonly Widget[], label: string): string {
  const all = expressionsOf(widgets);
  const whole = all.find((each) => each.label === label)?.expression ?? '';
  return whole.replaceAll(/\w+sum\d+/g, (name) => all.find(({ id }) => id === name)?.expression ?? name);
}

describe('the cost', () => {
  it('adds up what every function, queue and table was used for, at its price', () => {
    expect(formula(cost, 'Step Functions')).toBe('0.000125 * (SUM([FILL(states0x0, 0)]))');
    const functions = Object.keys(resourcesOf(pipeline, 'AWS::Lambda::Function')).length;
    expect(formula(cost, 'Lambda').match(/FILL\(/g)).toHaveLength(2 * functions);
    expect(formula(cost, 'Lambda')).toMatch(/^0\.0000002 \* \(SUM\(.*\) \+ 0\.0000000066667 \* \(SUM\(/);
    const queues = Object.keys(resourcesOf(pipeline, 'AWS::SQS::Queue')).length;
    expect(formula(cost, 'SQS').match(/FILL\(/g)).toHaveLength(4 * queues);
    // Three tables and an index, each with writes and reads.
    expect(formula(cost, 'DynamoDB').match(/FILL\(/g)).toHaveLength(8);
  });

  it('has expressions that CloudWatch reads, with a dozen ordered lanes as well', () => {
    const many = bodyOf('Cost', sharedTemplates('dozenLanes').pipeline);
    const lengths = expressionsOf(many.widgets).map(({ expression }) => expression.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2_048);
    expect(formula(many.widgets, 'SQS').match(/FILL\(/g)?.length).toBeGreaterThan(4 * 3 * 12);
  });
});

describe.each([
  ['overview', overview],
  ['cost', cost],
])('the dashboard %s', (_, widgets) => {
  it('stays within what CloudWatch shows', () => {
    const counts = widgets.map(({ properties }) => properties.metrics?.length ?? 0);
    expect(widgets.length).toBeLessThanOrEqual(500);
    expect(Math.max(...counts)).toBeLessThanOrEqual(500);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2_500);
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  });
});

it('are absent where the config wants none', () => {
  const { pipeline: other } = sharedTemplates('withoutExtras');
  expect(resourcesOf(other, 'AWS::CloudWatch::Dashboard')).toEqual({});
});

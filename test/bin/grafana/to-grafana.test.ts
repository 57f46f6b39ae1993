import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parseBody } from '../../../bin/grafana/cloudwatch-body.ts';
import { toGrafana } from '../../../bin/grafana/to-grafana.ts';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly object[];
  readonly options?: { readonly content?: string };
  readonly gridPos: object;
}

/** Converts a dashboard with these widgets. @returns its panels */
function panels(...widgets: readonly object[]): readonly Panel[] {
  const placed = widgets.map((widget) => ({ x: 0, y: 2, width: 12, height: 6, ...widget }));
  return converted({ start: '-PT3H', widgets: placed }).panels as readonly Panel[];
}

function converted(body: object) {
  return toGrafana(parseBody(JSON.stringify(body)), { title: 'Backstop', region: 'eu-central-1' });
}

const graph = (metrics: readonly unknown[], properties = {}) => ({
  type: 'metric',
  properties: { view: 'timeSeries', title: 'Calls', region: 'eu-central-1', metrics, ...properties },
});
const duration = ['Backstop', 'CallDuration', 'dependency', 'payments', 'service', 'backstop'];

/** Grafana's documented schema for queries of its CloudWatch data source. */
const isQuery = new Ajv({ allErrors: true }).compile({
  type: 'object',
  required: ['refId', 'queryMode', 'id', 'region', 'namespace'],
  additionalProperties: false,
  properties: {
    refId: { type: 'string', minLength: 1 },
    datasource: { type: 'object', required: ['type', 'uid'] },
    queryMode: { const: 'Metrics' },
    metricQueryType: { enum: [0, 1] },
    metricEditorMode: { enum: [0, 1] },
    // Starts with a lower-case letter, or is empty.
    id: { type: 'string', pattern: '^([a-z][a-zA-Z0-9_]*)?$' },
    region: { type: 'string' },
    namespace: { type: 'string' },
    metricName: { type: 'string' },
    dimensions: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
    matchExact: { type: 'boolean' },
    period: { type: 'string', pattern: '^\\d+$' },
    statistic: { type: 'string' },
    expression: { type: 'string' },
    label: { type: 'string' },
    hide: { type: 'boolean' },
  },
});

describe('a dashboard for Grafana', () => {
  it('lets data source and region be chosen, and begins where that of CloudWatch does', () => {
    const { title, templating, time } = converted({ start: '-P30D', widgets: [] });
    expect({ title, time }).toEqual({ title: 'Backstop', time: { from: 'now-30d', to: 'now' } });
    expect(templating.list).toMatchObject([
      { name: 'datasource', type: 'datasource', query: 'cloudwatch' },
      { name: 'region', current: { value: 'eu-central-1' } },
    ]);
  });

  it('asks for the metric of a graph, with its dimensions, statistic and period', () => {
    const [panel] = panels(graph([[...duration, { stat: 'p99', period: 300, label: 'p99' }]]));
    expect(panel).toMatchObject({ type: 'timeseries', title: 'Calls', gridPos: { x: 0, y: 2, w: 12, h: 6 } });
    expect(panel?.targets).toMatchObject([
      {
        namespace: 'Backstop',
        metricName: 'CallDuration',
        statistic: 'p99',
        period: '300',
        label: 'p99',
        dimensions: { dependency: ['payments'], service: ['backstop'] },
        matchExact: true,
        region: '$region',
      },
    ]);
  });

  it('hides what only a formula needs, which finds it by its id', () => {
    const [panel] = panels(
      graph([
        [{ expression: '0.5 * SUM([FILL(m0, 0)])', label: 'Dollars', period: 86_400 }],
        [...duration, { id: 'm0', visible: false, stat: 'Sum', period: 86_400 }],
      ]),
    );
    expect(panel?.targets).toMatchObject([
      { metricEditorMode: 1, expression: '0.5 * SUM([FILL(m0, 0)])', label: 'Dollars', hide: false },
      { metricEditorMode: 0, id: 'm0', hide: true },
    ]);
  });

  it('stacks what is stacked, and draws what has the scale on the right there', () => {
    const [panel] = panels(graph([duration, [...duration, { yAxis: 'right' }]], { stacked: true }));
    expect(panel).toMatchObject({
      fieldConfig: {
        defaults: { custom: { stacking: { mode: 'normal' } } },
        overrides: [{ matcher: { id: 'byFrameRefID', options: 'B' } }],
      },
    });
  });

  it('shows figures as figures, and text as text', () => {
    const [figures, text] = panels(graph([duration], { view: 'singleValue' }), {
      type: 'text',
      properties: { markdown: '# What is wrong now' },
    });
    expect(figures).toMatchObject({ type: 'stat' });
    expect(text).toMatchObject({ type: 'text', options: { mode: 'markdown', content: '# What is wrong now' } });
  });

  it('leads to alarms, whose states Grafana does not show', () => {
    const arn = 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:Backstop-Trouble';
    const [panel] = panels({ type: 'alarm', properties: { title: 'Alarms', alarms: [arn] } });
    expect(panel?.options?.content).toBe(
      '- [Backstop-Trouble](https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/Backstop-Trouble)',
    );
  });

  it('asks for what a rule of contributors counts', () => {
    const [panel] = panels({
      type: 'metric',
      properties: { title: 'Most', period: 300, insightRule: { ruleName: 'Rule' } },
    });
    expect(panel?.targets).toMatchObject([
      { expression: 'INSIGHT_RULE_METRIC("Rule", "Sum")', period: '300' },
      { expression: 'INSIGHT_RULE_METRIC("Rule", "MaxContributorValue")' },
    ]);
  });

  it('has queries as Grafana documents them, each with a name of its own', () => {
    const many = Array.from({ length: 30 }, (_, n) => [...duration, { id: `m${n}` }]);
    const targets = panels(graph([[{ expression: 'SUM(METRICS())' }], ...many])).flatMap(
      (panel) => panel.targets ?? [],
    );
    for (const target of targets) expect(isQuery(target) || isQuery.errors).toBe(true);
    expect(new Set(targets.map((target) => 'refId' in target && target.refId)).size).toBe(31);
  });

  it('is not made of a widget that is not known, which would be missing without a word', () => {
    expect(() => panels({ type: 'explorer', properties: {} })).toThrow(/Invalid type/);
  });
});

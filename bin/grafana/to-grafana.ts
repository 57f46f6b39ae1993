import { consoleUrl } from '../session/console.ts';
import type { CloudWatchBody, CloudWatchMetric, CloudWatchWidget } from './cloudwatch-body.ts';

interface GrafanaOptions {
  readonly title: string;
  /** Where the metrics are. */
  readonly region: string;
}

const DATASOURCE = { type: 'cloudwatch', uid: '$datasource' } as const;
/** Schema version of Grafana 10.4. Later versions migrate it on load. */
const SCHEMA_VERSION = 39;
const MINUTE_SECONDS = 60;

/** Converts a CloudWatch dashboard to Grafana, with variables for data source and region. */
export function toGrafana({ start, widgets }: CloudWatchBody, { title, region }: GrafanaOptions) {
  return {
    title,
    tags: ['backstop'],
    timezone: 'utc',
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    refresh: '1m',
    time: { from: timeOf(start), to: 'now' },
    annotations: { list: [] },
    templating: { list: variables(region) },
    panels: widgets.map((widget, at) => panelOf(widget, at + 1)),
  };
}

function variables(region: string): object[] {
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'cloudwatch', refresh: 1 },
    { name: 'region', label: 'Region', type: 'textbox', query: region, current: { text: region, value: region } },
  ];
}

/** Converts `-PT3H` to `now-3h`. */
function timeOf(start: string): string {
  const [, days, time, unit = ''] = /^-P(?:(\d+)D|T(\d+)([HM]))$/.exec(start) ?? [];
  if (days !== undefined) return `now-${days}d`;
  return time === undefined ? 'now-3h' : `now-${time}${unit.toLowerCase()}`;
}

function panelOf(widget: CloudWatchWidget, id: number): object {
  const { x, y, width: w, height: h } = widget;
  const place = { id, gridPos: { x, y, w, h } };
  switch (widget.type) {
    case 'text':
      return { ...place, ...text('', widget.properties.markdown) };
    case 'alarm':
      return { ...place, ...text(widget.properties.title, widget.properties.alarms.map(alarmLink).join('\n')) };
    case 'metric':
      return { ...place, ...metricPanel(widget.properties) };
    default:
      return widget satisfies never;
  }
}

function text(title: string, content: string): object {
  return { type: 'text', title, options: { mode: 'markdown', content } };
}

/** Links to the alarms, because Grafana's data source does not return their states. */
function alarmLink(arn: string): string {
  const parts = arn.split(':');
  const [region = '', name = ''] = [parts[3], parts.at(-1)];
  return `- [${name}](${consoleUrl(region)}/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(name)})`;
}

type MetricProperties = Extract<CloudWatchWidget, { type: 'metric' }>['properties'];

function metricPanel(properties: MetricProperties): object {
  if ('insightRule' in properties) {
    const { title, period = MINUTE_SECONDS, insightRule } = properties;
    // Only CloudWatch shows the contributors.
    const targets = ['Sum', 'MaxContributorValue'].map((name, at) =>
      expression(refId(at), `INSIGHT_RULE_METRIC("${insightRule.ruleName}", "${name}")`, { period, label: name }),
    );
    return { type: 'timeseries', title, datasource: DATASOURCE, targets };
  }
  const { title, view, stacked, metrics } = properties;
  const targets = metrics.map((metric, at) => target(metric, refId(at), properties));
  const common = { title, datasource: DATASOURCE, targets };
  if (view === 'singleValue') {
    return { type: 'stat', ...common, options: { reduceOptions: { calcs: ['lastNotNull'], values: false } } };
  }
  const overrides = metrics.flatMap(({ options: { yAxis } }, at) => (yAxis === 'right' ? [onTheRight(refId(at))] : []));
  const custom = { stacking: { mode: stacked ? 'normal' : 'none' }, fillOpacity: stacked ? 30 : 0 };
  return { type: 'timeseries', ...common, fieldConfig: { defaults: { min: 0, custom }, overrides } };
}

function onTheRight(refId: string): object {
  return {
    matcher: { id: 'byFrameRefID', options: refId },
    properties: [
      { id: 'custom.axisPlacement', value: 'right' },
      { id: 'custom.stacking', value: { mode: 'none' } },
    ],
  };
}

/** A, B, … Z, then M26, M27, … */
function refId(at: number): string {
  return at < 26 ? String.fromCharCode(65 + at) : `M${at}`;
}

function target(
  { namespace, metricName, dimensions, options }: CloudWatchMetric,
  refId: string,
  defaults: { readonly period?: number | undefined; readonly stat?: string | undefined },
): object {
  const { id = '', label = '', visible, stat = defaults.stat ?? 'Average' } = options;
  const period = options.period ?? defaults.period ?? 5 * MINUTE_SECONDS;
  const hide = !visible;
  if (options.expression !== undefined) return expression(refId, options.expression, { id, label, hide, period });
  return {
    ...query(refId, { id, label, hide, period }),
    metricEditorMode: 0,
    namespace,
    metricName,
    // Values are lists because Grafana allows a selection of several.
    dimensions: Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, [value]])),
    matchExact: true,
    statistic: stat,
    expression: '',
  };
}

interface QueryOptions {
  readonly id?: string;
  readonly label?: string;
  readonly hide?: boolean;
  /** Seconds. */
  readonly period: number;
}

function expression(refId: string, formula: string, options: QueryOptions): object {
  return { ...query(refId, options), metricEditorMode: 1, namespace: '', expression: formula };
}

function query(refId: string, { id = '', label = '', hide = false, period }: QueryOptions): object {
  return {
    refId,
    datasource: DATASOURCE,
    queryMode: 'Metrics',
    metricQueryType: 0,
    region: '$region',
    id,
    label,
    hide,
    period: String(period),
  };
}

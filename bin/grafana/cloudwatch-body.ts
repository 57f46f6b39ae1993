import * as v from 'valibot';

/** Options of a widget's metric, besides its name and dimensions. */
const Options = v.object({
  id: v.optional(v.string()),
  label: v.optional(v.string()),
  expression: v.optional(v.string()),
  stat: v.optional(v.string()),
  period: v.optional(v.number()),
  visible: v.optional(v.boolean(), true),
  yAxis: v.optional(v.picklist(['left', 'right']), 'left'),
});

/** Namespace, name, dimension names and values, then options; or only the options of an expression. */
const Metric = v.pipe(
  v.array(v.union([v.string(), Options])),
  v.transform((parts) => {
    const names = parts.filter((part) => typeof part === 'string');
    const [options = v.parse(Options, {})] = parts.filter((part) => typeof part !== 'string');
    const [namespace = '', metricName = '', ...rest] = names;
    const dimensions = Object.fromEntries(
      rest.flatMap((name, at) => (at % 2 === 0 ? [[name, rest[at + 1] ?? '']] : [])),
    );
    return { namespace, metricName, dimensions, options };
  }),
);

const place = { x: v.number(), y: v.number(), width: v.number(), height: v.number() };

const Graph = v.object({
  title: v.optional(v.string(), ''),
  view: v.optional(v.string(), 'timeSeries'),
  stacked: v.optional(v.boolean(), false),
  period: v.optional(v.number()),
  stat: v.optional(v.string()),
  metrics: v.array(Metric),
});
const Rule = v.object({
  title: v.optional(v.string(), ''),
  period: v.optional(v.number()),
  insightRule: v.object({ ruleName: v.string() }),
});

const Widget = v.variant('type', [
  v.object({ type: v.literal('text'), ...place, properties: v.object({ markdown: v.string() }) }),
  v.object({
    type: v.literal('alarm'),
    ...place,
    properties: v.object({ title: v.optional(v.string(), ''), alarms: v.array(v.string()) }),
  }),
  v.object({ type: v.literal('metric'), ...place, properties: v.union([Rule, Graph]) }),
]);

const Body = v.object({ start: v.optional(v.string(), '-PT3H'), widgets: v.array(Widget) });

export type CloudWatchBody = v.InferOutput<typeof Body>;
export type CloudWatchWidget = CloudWatchBody['widgets'][number];
export type CloudWatchMetric = v.InferOutput<typeof Metric>;

/** Parses the dashboard body that CloudWatch returns. @throws ValiError if it contains something unknown */
export function parseBody(text: string): CloudWatchBody {
  return v.parse(Body, JSON.parse(text));
}

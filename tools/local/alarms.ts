import type { Assembly, Resource } from './assembly.ts';
import { evaluate } from './metric-math.ts';
import type { Dimension, MetricStat, Metrics } from './metrics.ts';
import { refusal } from './refusal.ts';

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: MetricStat;
  readonly ReturnData?: boolean;
  readonly Period?: number;
}

interface AlarmProperties {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Statistic?: string;
  readonly Period?: number;
  readonly Metrics?: readonly Query[];
  readonly Threshold?: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly TreatMissingData?: string;
}

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

const MINUTE_S = 60;

/**
 * Whether an alarm rings now. Evaluates the periods that end now: CloudWatch's begin with the full minute.
 *
 * @throws Error if the embedded cloud does not have its metric
 */
export async function isRinging(name: string, assembly: Assembly, metrics: Metrics): Promise<boolean> {
  const alarm = assembly.all<AlarmProperties>('AWS::CloudWatch::Alarm').find((each) => each.name === name);
  if (alarm === undefined) throw new Error(`there is no alarm ${name}`);
  const { ComparisonOperator, EvaluationPeriods, Threshold = 0, TreatMissingData } = alarm.properties;
  const compare = COMPARISONS[ComparisonOperator];
  if (compare === undefined) throw refusal(alarm, 'ComparisonOperator', `the embedded cloud can't do that`);
  const values = await Promise.all(
    Array.from({ length: EvaluationPeriods }, (_, back) => valueAgo(alarm, back, metrics)),
  );
  const missing = TreatMissingData === 'breaching';
  return values.every((value) => (value === undefined ? missing : compare(value, Threshold)));
}

/** @param back number of periods ago */
async function valueAgo(alarm: Resource<AlarmProperties>, back: number, metrics: Metrics): Promise<number | undefined> {
  const queries = queriesOf(alarm.properties);
  const seconds = Math.max(...queries.map(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? MINUTE_S));
  const to = Date.now() - back * seconds * 1_000;
  const values: Record<string, number | undefined> = {};
  for (const { Id, MetricStat } of queries)
    if (MetricStat) values[Id] = await metrics.read(MetricStat, to - seconds * 1_000 + 1, to);
  const [returned] = queries.filter(({ ReturnData = true }) => ReturnData);
  try {
    return returned?.Expression === undefined ? values[returned?.Id ?? ''] : evaluate(returned.Expression, values);
  } catch (cause) {
    throw refusal(alarm, 'Metrics', cause);
  }
}

function queriesOf(properties: AlarmProperties): readonly Query[] {
  const { Metrics: queries, Namespace = '', MetricName = '', Dimensions = [], Statistic = 'Sum', Period } = properties;
  const Metric = { Namespace, MetricName, Dimensions };
  return queries ?? [{ Id: 'm', MetricStat: { Metric, Stat: Statistic, Period: Period ?? MINUTE_S } }];
}

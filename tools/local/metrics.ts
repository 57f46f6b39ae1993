import type { Assembly } from './assembly.ts';
import { AwsError, jsonService, type Service } from './protocol.ts';

type Dimensions = Readonly<Record<string, string>>;

interface Point {
  readonly at: number;
  readonly value: number;
}

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

export interface MetricStat {
  readonly Metric: {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions?: readonly Dimension[];
  };
  readonly Stat: string;
  /** Seconds. */
  readonly Period?: number;
}

interface DataRequest {
  readonly StartTime: number;
  readonly EndTime: number;
  readonly MetricDataQueries: readonly { readonly Id: string; readonly MetricStat?: MetricStat }[];
}

/** Age of a queue's oldest message, in seconds. Undefined if the queue is empty. */
export type OldestAge = (queueName: string) => Promise<number | undefined>;

/** CloudWatch: metrics of functions (EMF lines and invocations), of executions, ages of queues, and dashboards. */
export class Metrics {
  readonly #points = new Map<string, Point[]>();
  readonly #oldestAge: OldestAge;
  readonly service: Service;

  constructor(assembly: Assembly, oldestAge: OldestAge) {
    this.#oldestAge = oldestAge;
    this.service = jsonService({
      GetMetricData: async ({ MetricDataQueries, StartTime, EndTime }: DataRequest) => ({
        MetricDataResults: await Promise.all(
          MetricDataQueries.map(async ({ Id, MetricStat }) => {
            if (MetricStat === undefined)
              throw new AwsError('ValidationException', 'the embedded cloud supports only MetricStat');
            const value = await this.read(MetricStat, StartTime * 1_000, EndTime * 1_000);
            const points = value === undefined ? {} : { Timestamps: [StartTime], Values: [value] };
            return {
              Id,
              Label: MetricStat.Metric.MetricName,
              Timestamps: [],
              Values: [],
              StatusCode: 'Complete',
              ...points,
            };
          }),
        ),
      }),
      DescribeAlarms: () => ({ MetricAlarms: [], CompositeAlarms: [] }),
      GetDashboard: ({ DashboardName }: { readonly DashboardName: string }) => {
        const dashboards = assembly.stacks.flatMap(({ dashboards }) => Object.entries(dashboards));
        const body = dashboards.find(([name]) => name === DashboardName)?.[1];
        if (body === undefined)
          throw new AwsError('ResourceNotFound', `Dashboard ${DashboardName} does not exist`, 404);
        return { DashboardName, DashboardBody: body };
      },
    });
  }

  /** Records the metrics in a line that a function prints. Ignores lines without metrics. */
  hear(text: string): void {
    if (!text.startsWith('{"_aws"')) return;
    const line: EmfLine = JSON.parse(text);
    for (const { Namespace, Dimensions, Metrics: metrics } of line._aws.CloudWatchMetrics) {
      for (const names of Dimensions) {
        const dimensions = Object.fromEntries(names.map((name) => [name, String(line[name])]));
        for (const { Name } of metrics) {
          const values = [line[Name]].flat().map(Number);
          for (const value of values) this.record(Namespace, Name, dimensions, value, line._aws.Timestamp);
        }
      }
    }
  }

  record(namespace: string, name: string, dimensions: Dimensions, value: number, at = Date.now()): void {
    const key = keyOf(namespace, name, dimensions);
    const points = this.#points.get(key) ?? [];
    points.push({ at, value });
    this.#points.set(key, points);
  }

  /** One value for the whole time, both ends included. Undefined without data. */
  async read({ Metric, Stat }: MetricStat, from: number, to: number): Promise<number | undefined> {
    const { Namespace, MetricName, Dimensions = [] } = Metric;
    const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
    if (MetricName === 'ApproximateAgeOfOldestMessage') return this.#oldestAge(dimensions.QueueName ?? '');
    const points = this.#points.get(keyOf(Namespace, MetricName, dimensions)) ?? [];
    const values = points.filter(({ at }) => at >= from && at <= to);
    if (values.length === 0) return undefined;
    const numbers = values.map(({ value }) => value);
    return Stat === 'Maximum' ? Math.max(...numbers) : numbers.reduce((sum, value) => sum + value, 0);
  }
}

interface EmfLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [field: string]: unknown;
}

function keyOf(namespace: string, name: string, dimensions: Dimensions): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

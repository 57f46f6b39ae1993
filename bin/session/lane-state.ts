import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { GetEventSourceMappingCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { OUTCOMES, type Outcome } from '../../lambdas/contract/outcomes.ts';
import type { Deployment, Lane } from './deployment.ts';

/** Whether the lane is paused or about to be. */
export async function isPaused(lambda: LambdaClient, { sourceId }: Lane): Promise<boolean> {
  const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID: sourceId }));
  return State === 'Disabled' || State === 'Disabling';
}

export interface LaneMetrics {
  /** Number of failures by outcome in the last hour, without outcomes that did not occur. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Age in seconds of the oldest message in the lane queue or the ordered queue. */
  readonly oldestSeconds?: number;
}

const HOUR_SECONDS = 3_600;
const MINUTE_SECONDS = 60;
/** The most queries that CloudWatch accepts in one request. */
const MOST_QUERIES = 500;

/** Metrics of the lanes by dependency. */
export async function laneMetrics(
  cloudwatch: CloudWatchClient,
  { service, lanes }: Pick<Deployment, 'service' | 'lanes'>,
  now: number,
): Promise<ReadonlyMap<string, LaneMetrics>> {
  const queries = lanes.flatMap((lane, at) => [
    ...OUTCOMES.map((outcome, index) => settledQuery(`o${at}x${index}`, { service, dependency: lane.name, outcome })),
    ageQuery(`a${at}`, lane),
  ]);
  const values = new Map<string, readonly number[]>();
  for (let from = 0; from < queries.length; from += MOST_QUERIES) {
    const { MetricDataResults = [] } = await cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: queries.slice(from, from + MOST_QUERIES),
        StartTime: new Date(now - HOUR_SECONDS * 1_000),
        EndTime: new Date(now + MINUTE_SECONDS * 1_000),
        ScanBy: 'TimestampDescending',
      }),
    );
    for (const { Id = '', Values = [] } of MetricDataResults) values.set(Id, Values);
  }
  return new Map(
    lanes.map(({ name }, at) => {
      const counts = OUTCOMES.map((outcome, index) => [outcome, sum(values.get(`o${at}x${index}`))] as const);
      const [oldestSeconds] = values.get(`a${at}`) ?? [];
      const outcomes = Object.fromEntries(counts.filter(([, count]) => count > 0));
      return [name, { outcomes, oldestSeconds }];
    }),
  );
}

function settledQuery(
  Id: string,
  dimensions: { readonly service: string; readonly dependency: string; readonly outcome: Outcome },
): MetricDataQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const Metric = { Namespace: 'Backstop', MetricName: 'FailureSettled', Dimensions };
  return { Id, MetricStat: { Metric, Stat: 'Sum', Period: MINUTE_SECONDS } };
}

function ageQuery(Id: string, { queueUrl, orderedQueueUrl }: Lane): MetricDataQuery {
  const url = orderedQueueUrl ?? queueUrl;
  const Dimensions = [{ Name: 'QueueName', Value: url.slice(url.lastIndexOf('/') + 1) }];
  const Metric = { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage', Dimensions };
  return { Id, MetricStat: { Metric, Stat: 'Maximum', Period: MINUTE_SECONDS } };
}

function sum(values: readonly number[] = []): number {
  return values.reduce((total, value) => total + value, 0);
}

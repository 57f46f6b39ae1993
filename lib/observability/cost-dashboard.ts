import { Duration } from 'aws-cdk-lib';
import { type Dashboard, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { PENDING_INDEX } from '../../lambdas/contract/ledger-entry.ts';
import type { FunctionView, QueueView } from '../lane/lane-view.ts';
import { MEMORY_MB } from '../parts/backstop-function.ts';
import { figures, graph, heading } from './panels.ts';
import { SteadyDashboard } from './steady-dashboard.ts';

/** Functions and queues whose costs are shown together. */
export interface Costly {
  readonly functions: readonly FunctionView[];
  readonly queues: readonly QueueView[];
}

interface CostDashboardProps extends Costly {
  /** The table whose index `pending` has separate capacity metrics. */
  readonly ledger: ITable;
  readonly tables: readonly ITable[];
  readonly recovery: StateMachine;
}

/** On-demand prices in US dollars in us-east-1. Other regions differ by up to 50 %. */
const PRICES = {
  /** One request to Lambda. */
  lambdaRequest: 0.2 / 1_000_000,
  /** One GB-second of Lambda on arm64. */
  lambdaGbSecond: 0.0000133334,
  /** One state transition of a Standard state machine. */
  transition: 25 / 1_000_000,
  /** One request to SQS. FIFO queues cost 25 % more. */
  sqsRequest: 0.4 / 1_000_000,
  dynamodbWrite: 0.625 / 1_000_000,
  dynamodbRead: 0.125 / 1_000_000,
  /** One GB of logs. */
  logsGb: 0.5,
} as const;

/** State transitions of one execution: a dead letter's, with some retries. CloudWatch doesn't count them by machine. */
const TRANSITIONS = 5;
const DAY = Duration.days(1);

/** Estimates the cost above the idle cost from the metrics of AWS. Errs on the high side. */
export class CostDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: CostDashboardProps) {
    super(scope, id);
    const costs = [...lanesCosts(props), stepFunctions(props), dynamodb(props)];
    this.dashboard = new SteadyDashboard(this, 'Dashboard', {
      defaultInterval: Duration.days(30),
      widgets: [
        [heading(HOW_TO_READ, 4)],
        [figures('Dollars, latest day', costs, 24)],
        [graph({ title: 'Dollars per day', metrics: costs, stacked: true, width: 24 })],
      ],
    });
  }
}

const HOW_TO_READ = [
  '# What Backstop costs',
  'An estimate from metrics at on-demand prices of us-east-1; your bill has the exact cost. It leaves out logs, custom metrics and idle costs (alarms, key, secrets, this dashboard).',
  `Each Recovery execution counts as ${TRANSITIONS} transitions. Each message counts as its own requests, although up to ten share one.`,
].join('\n\n');

/** What functions and queues cost a day. */
export function lanesCosts(costly: Costly): IMetric[] {
  return [lambda(costly), sqs(costly)];
}

function lambda({ functions }: Costly): IMetric {
  const gb = MEMORY_MB / 1_024;
  return dollars('Lambda', 'lambda', [
    { price: PRICES.lambdaRequest, metrics: functions.map((fn) => fn.metricInvocations(SUM)) },
    { price: (PRICES.lambdaGbSecond * gb) / 1_000, metrics: functions.map((fn) => fn.metricDuration(SUM)) },
  ]);
}

function stepFunctions({ recovery }: CostDashboardProps): IMetric {
  return dollars('Step Functions', 'states', [
    { price: PRICES.transition * TRANSITIONS, metrics: [recovery.metricStarted(SUM)] },
  ]);
}

function sqs({ queues }: Costly): IMetric {
  const requests = queues.flatMap((queue) => [
    queue.metricNumberOfMessagesSent(SUM),
    queue.metricNumberOfMessagesReceived(SUM),
    queue.metricNumberOfMessagesDeleted(SUM),
    queue.metricNumberOfEmptyReceives(SUM),
  ]);
  return dollars('SQS', 'sqs', [{ price: PRICES.sqsRequest, metrics: requests }]);
}

function dynamodb({ tables, ledger }: CostDashboardProps): IMetric {
  const index = { ...SUM, dimensionsMap: { TableName: ledger.tableName, GlobalSecondaryIndexName: PENDING_INDEX } };
  const units = (name: string) => [...tables.map((table) => table.metric(name, SUM)), ledger.metric(name, index)];
  return dollars('DynamoDB', 'dynamodb', [
    { price: PRICES.dynamodbWrite, metrics: units('ConsumedWriteCapacityUnits') },
    { price: PRICES.dynamodbRead, metrics: units('ConsumedReadCapacityUnits') },
  ]);
}

const SUM = { statistic: 'Sum', period: DAY };

interface Item {
  /** Dollars per unit. */
  readonly price: number;
  readonly metrics: readonly IMetric[];
}

/** CloudWatch accepts expressions of at most 2,048 characters. A sum of this many metrics fits. */
const MOST_IN_SUM = 50;

function dollars(label: string, prefix: string, items: readonly Item[]): MathExpression {
  const priced = items.map(({ price, metrics }, item) => ({ price, sums: sumsOf(`${prefix}${item}`, metrics) }));
  const terms = priced.map(({ price, sums }) => `${decimal(price)} * (${sums.map(([name]) => name).join(' + ')})`);
  return new MathExpression({
    expression: terms.join(' + '),
    usingMetrics: Object.fromEntries(priced.flatMap(({ sums }) => sums)),
    label,
    period: DAY,
  });
}

/** Sums metrics. A metric without data counts as 0. */
function sumsOf(prefix: string, metrics: readonly IMetric[]): (readonly [name: string, sum: MathExpression])[] {
  const named = metrics.map((metric, n) => [`${prefix}x${n}`, metric] as const);
  return Array.from({ length: Math.ceil(named.length / MOST_IN_SUM) }, (_, n) => {
    const part = named.slice(n * MOST_IN_SUM, (n + 1) * MOST_IN_SUM);
    const filled = part.map(([name]) => `FILL(${name}, 0)`).join(', ');
    const usingMetrics = Object.fromEntries(part);
    return [`${prefix}sum${n}`, new MathExpression({ expression: `SUM([${filled}])`, usingMetrics, period: DAY })];
  });
}

/** CloudWatch doesn't accept exponents. */
function decimal(price: number): string {
  const digits = price.toFixed(15);
  const zeros = [...digits].reverse().findIndex((digit) => digit !== '0');
  return digits.slice(0, digits.length - zeros);
}

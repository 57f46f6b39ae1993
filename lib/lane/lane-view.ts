import { CfnOutput, type CfnStack, Fn, Stack } from 'aws-cdk-lib';
import { CompositeAlarm, type IAlarm, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import type { DependencyLane } from './dependency-lane.ts';

/** The one output of a lane's stack. Whatever refers to the lane, its template stays the same. */
const OUTPUT = 'Parts';
const SEPARATOR = ',';
/** Stands for a part that the lane lacks. */
const ABSENT = '-';

/** Names the parts of a lane for the stacks around it. Call it once, when the lane is complete. */
export function exportParts(lane: DependencyLane): void {
  const { queue, deadLetterQueue, worker, order, adopter, alarms } = lane;
  const parts = [
    queue.queueName,
    deadLetterQueue.queueName,
    worker.functionName,
    worker.logGroup.logGroupName,
    alarms.group.composite.alarmArn,
    order?.queue.queueName ?? ABSENT,
    order?.sorter.functionName ?? ABSENT,
    adopter?.functionName ?? ABSENT,
  ];
  new CfnOutput(Stack.of(lane), OUTPUT, { value: Fn.join(SEPARATOR, parts) });
}

/** The value of a lane's output, for the stack around it. */
export function partsOf(lane: DependencyLane): string {
  const { nestedStackResource } = Stack.of(lane);
  return (nestedStackResource as CfnStack).getAtt(`Outputs.${OUTPUT}`).toString();
}

/** A function as dashboards see it: by its metrics. */
export type FunctionView = Pick<IFunction, 'metric' | 'metricDuration' | 'metricInvocations'>;

/** A queue as dashboards see it: by its metrics. */
export type QueueView = Pick<
  IQueue,
  | 'metricApproximateAgeOfOldestMessage'
  | 'metricApproximateNumberOfMessagesDelayed'
  | 'metricApproximateNumberOfMessagesVisible'
  | 'metricNumberOfEmptyReceives'
  | 'metricNumberOfMessagesDeleted'
  | 'metricNumberOfMessagesReceived'
  | 'metricNumberOfMessagesSent'
>;

/** A lane as dashboards see it, from whichever stack. */
export class LaneView extends Construct {
  readonly settings: DependencySettings;
  readonly queue: QueueView;
  readonly deadLetterQueue: QueueView;
  /** The ordered queue of an ordered lane. */
  readonly ordered: QueueView | undefined;
  readonly worker: FunctionView;
  readonly workerLogs: Pick<ILogGroup, 'logGroupName'>;
  /** The alarm that alerts humans about the lane. */
  readonly alarm: IAlarm;
  readonly functions: readonly FunctionView[];

  /** @param parts the value of the lane's output, in the stack of the scope */
  constructor(scope: Construct, id: string, lane: DependencyLane, parts: string) {
    super(scope, id);
    const part = (at: number) => Fn.select(at, Fn.split(SEPARATOR, parts));
    const { order, adopter } = lane;
    this.settings = lane.settings;
    this.queue = queueNamed(part(0));
    this.deadLetterQueue = queueNamed(part(1));
    this.worker = functionNamed(part(2));
    this.workerLogs = { logGroupName: part(3) };
    this.alarm = CompositeAlarm.fromCompositeAlarmArn(this, 'Alarm', part(4));
    this.ordered = order && queueNamed(part(5));
    this.functions = [
      this.worker,
      ...(order ? [functionNamed(part(6))] : []),
      ...(adopter ? [functionNamed(part(7))] : []),
    ];
  }

  /** All queues of the lane. */
  get queues(): readonly QueueView[] {
    return [this.queue, this.deadLetterQueue, ...(this.ordered ? [this.ordered] : [])];
  }
}

function queueNamed(name: string): QueueView {
  const metric = (metricName: string, statistic: string) => (options?: MetricOptions) =>
    new Metric({ namespace: 'AWS/SQS', metricName, dimensionsMap: { QueueName: name }, statistic, ...options });
  return {
    metricApproximateAgeOfOldestMessage: metric('ApproximateAgeOfOldestMessage', 'Maximum'),
    metricApproximateNumberOfMessagesDelayed: metric('ApproximateNumberOfMessagesDelayed', 'Maximum'),
    metricApproximateNumberOfMessagesVisible: metric('ApproximateNumberOfMessagesVisible', 'Maximum'),
    metricNumberOfEmptyReceives: metric('NumberOfEmptyReceives', 'Sum'),
    metricNumberOfMessagesDeleted: metric('NumberOfMessagesDeleted', 'Sum'),
    metricNumberOfMessagesReceived: metric('NumberOfMessagesReceived', 'Sum'),
    metricNumberOfMessagesSent: metric('NumberOfMessagesSent', 'Sum'),
  };
}

/** The CDK's import of a function cuts the name out of an ARN, which makes each metric three times as long. */
function functionNamed(name: string): FunctionView {
  const metric = (metricName: string, options?: MetricOptions) =>
    new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap: { FunctionName: name }, ...options });
  return {
    metric,
    metricDuration: (options) => metric('Duration', options),
    metricInvocations: (options) => metric('Invocations', options),
  };
}

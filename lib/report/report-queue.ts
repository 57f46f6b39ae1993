import { Duration, Stack } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { OPERATION_FAILED } from '../../lambdas/contract/events.ts';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { ALARM_PERIOD, type Escalations } from '../parts/escalations.ts';
import { allowReceive } from '../parts/permissions.ts';

interface ReportQueueProps {
  readonly bus: IEventBus;
  /** Source that the events get. The queue has one for all, so that no sender speaks for another source. */
  readonly source: string;
  readonly lastResort: IQueue;
  readonly encryptionKey: IKey;
  readonly escalations: Escalations;
}

/** The most that SQS allows: about 16 hours of tries. */
const MAX_RECEIVE_COUNT = 1_000;
const TRY_EVERY = Duration.minutes(1);
const LATE = Duration.minutes(15);

/**
 * Takes the reports that the bus did not take, and puts them on the bus once it does. No code of a function is in
 * between.
 */
export class ReportQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: ReportQueueProps) {
    super(scope, id);
    const { bus, source, lastResort, encryptionKey, escalations } = props;
    this.queue = new BackstopQueue(this, 'Queue', {
      encryptionKey,
      visibilityTimeout: TRY_EVERY,
      deadLetterQueue: { queue: lastResort, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    const role = this.pipeRole(bus, source);
    const pipe = new CfnPipe(this, 'Pipe', {
      description: `Puts reports of ${source} on the bus of Backstop`,
      roleArn: role.roleArn,
      source: this.queue.queueArn,
      // The bus takes 256 KiB in one request. So several reports might never fit, and one could keep others back.
      sourceParameters: { sqsQueueParameters: { batchSize: 1 } },
      target: bus.eventBusArn,
      targetParameters: {
        inputTemplate: '<$.body>',
        eventBridgeEventBusParameters: { detailType: OPERATION_FAILED, source },
      },
    });
    // A new pipe asks at once whether its role may read the queue.
    pipe.node.addDependency(role);
    escalations.alarm(this, 'Late', {
      summary: 'Reports of failures wait, because the bus does not take them.',
      section: 'reports-waiting',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: ALARM_PERIOD }),
      threshold: LATE.toSeconds(),
    });
  }

  private pipeRole(bus: IEventBus, source: string): Role {
    const { account } = Stack.of(this);
    const conditions = { StringEquals: { 'aws:SourceAccount': account } };
    const role = new Role(this, 'PipeRole', { assumedBy: new ServicePrincipal('pipes.amazonaws.com', { conditions }) });
    allowReceive(role, this.queue);
    role.addToPrincipalPolicy(reportingStatement(bus, source));
    return role;
  }
}

/** Lets its holder report failures from one source, and put nothing else. */
export function reportingStatement(bus: IEventBus, source: string): PolicyStatement {
  return new PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [bus.eventBusArn],
    conditions: { StringEquals: { 'events:detail-type': OPERATION_FAILED, 'events:source': source } },
  });
}

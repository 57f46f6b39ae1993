import type { ResiliencePipeline } from '@backstop-cdk/backstop';
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** The detail of `Operation Failed`, with paths into the message. */
export const DETAIL = `{
  "version": 1,
  "id": "<$.body.order>-charge",
  "correlationId": "<$.body.order>",
  "dependency": "payments",
  "occurredAt": "<aws.pipes.event.ingestion-time>",
  "operation": {
    "method": "POST",
    "path": "/charges",
    "headers": { "idempotency-key": "<$.body.order>-charge" },
    "body": <$.body.charge>
  },
  "error": { "name": "ChargeFailed", "statusCode": <$.body.status> }
}`;

interface FailedChargesProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
}

/** A queue of failed charges, and a pipe that reports them. There is no function in between. */
export class FailedChargesStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, ...props }: FailedChargesProps) {
    super(scope, id, props);
    const deadLetterQueue = { queue: new Queue(this, 'DeadLetters'), maxReceiveCount: 10 };
    const queue = new Queue(this, 'Queue', { deadLetterQueue });
    const role = new Role(this, 'Reporter', { assumedBy: new ServicePrincipal('pipes.amazonaws.com') });
    queue.grantConsumeMessages(role);
    pipeline.reportsFrom(role, 'payments');
    const pipe = new CfnPipe(this, 'Pipe', {
      roleArn: role.roleArn,
      source: queue.queueArn,
      sourceParameters: { sqsQueueParameters: { batchSize: 1 } },
      target: pipeline.bus.eventBusArn,
      targetParameters: {
        inputTemplate: DETAIL,
        eventBridgeEventBusParameters: { detailType: 'Operation Failed', source: 'backstop.report' },
      },
    });
    pipe.node.addDependency(role);
    new CfnOutput(this, 'FailedChargesQueueUrl', { value: queue.queueUrl });
  }
}

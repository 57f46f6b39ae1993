import { join } from 'node:path';
import type { ResiliencePipeline } from '@backstop-cdk/backstop';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { type Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

interface OrdersProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
  /** @default - what esbuild makes of the file beside this one */
  readonly code?: Code;
  readonly ordersUrl: string;
}

/** A queue of orders, and a function that places them. The dead-letter queue is for crashes of the function. */
export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, ordersUrl, code, ...props }: OrdersProps) {
    super(scope, id, props);
    const place = new NodejsFunction(this, 'Place', {
      entry: join(import.meta.dirname, 'place.ts'),
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code,
      timeout: Duration.seconds(30),
      environment: { ORDERS_URL: ordersUrl },
    });
    const queue = new Queue(this, 'Queue', {
      visibilityTimeout: Duration.minutes(3),
      deadLetterQueue: { queue: new Queue(this, 'DeadLetters'), maxReceiveCount: 3 },
    });
    place.addEventSource(new SqsEventSource(queue, { reportBatchItemFailures: true }));
    pipeline.reportsFrom(place, 'orders');
    new CfnOutput(this, 'OrdersQueueUrl', { value: queue.queueUrl });
  }
}

import { join } from 'node:path';
import type { ResiliencePipeline } from '@backstop-cdk/backstop';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

interface ShippingProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
  readonly warehouse: IQueue;
}

/** A function that sends messages by the client of the SDK, and reports what fails. */
export class ShippingStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, warehouse, ...props }: ShippingProps) {
    super(scope, id, props);
    const ship = new NodejsFunction(this, 'Ship', {
      functionName: 'ship',
      entry: join(import.meta.dirname, 'ship.ts'),
      runtime: Runtime.NODEJS_24_X,
      timeout: Duration.seconds(30),
      environment: { WAREHOUSE_QUEUE_URL: warehouse.queueUrl },
    });
    warehouse.grantSendMessages(ship);
    pipeline.reportsFrom(ship, 'warehouse');
  }
}

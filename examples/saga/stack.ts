import { join } from 'node:path';
import type { ResiliencePipeline } from '@backstop-cdk/backstop';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { type Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';

interface OrderProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
  /** @default - what esbuild makes of the file beside this one */
  readonly code?: Code;
}

/** A function that reserves stock and charges, or has both undone. */
export class OrderStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, code, ...props }: OrderProps) {
    super(scope, id, props);
    const order = new NodejsFunction(this, 'Place', {
      functionName: 'order',
      entry: join(import.meta.dirname, 'order.ts'),
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code,
      timeout: Duration.seconds(30),
    });
    pipeline.reportsFrom(order, 'stock');
    pipeline.reportsFrom(order, 'payments');
  }
}

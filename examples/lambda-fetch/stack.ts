import { join } from 'node:path';
import type { ResiliencePipeline } from '@backstop-cdk/backstop';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { type Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';

interface CheckoutProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
  /** @default - what esbuild makes of the file beside this one */
  readonly code?: Code;
}

/** A function that charges orders, and reports what fails. */
export class CheckoutStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, code, ...props }: CheckoutProps) {
    super(scope, id, props);
    const charge = new NodejsFunction(this, 'Charge', {
      functionName: 'charge',
      entry: join(import.meta.dirname, 'charge.ts'),
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code,
      timeout: Duration.seconds(30),
    });
    pipeline.reportsFrom(charge, 'payments');
  }
}

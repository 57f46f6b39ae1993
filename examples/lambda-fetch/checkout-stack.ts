import type { ResiliencePipeline } from '@backstop-cdk/backstop';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { type Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

interface CheckoutProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
  /** The bundle of `charge.ts`. */
  readonly code: Code;
}

/** A function that charges orders, and reports what fails. */
export class CheckoutStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, code, ...props }: CheckoutProps) {
    super(scope, id, props);
    const charge = new LambdaFunction(this, 'Charge', {
      functionName: 'charge',
      runtime: Runtime.NODEJS_24_X,
      handler: 'charge.handler',
      timeout: Duration.seconds(30),
      code,
    });
    pipeline.reportsFrom(charge, 'payments');
  }
}

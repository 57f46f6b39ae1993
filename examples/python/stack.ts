import type { ResiliencePipeline } from '@backstop-cdk/backstop';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

interface CheckoutProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
  readonly paymentsUrl: string;
}

/** A function in Python that charges orders, and reports what fails. */
export class CheckoutStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, paymentsUrl, ...props }: CheckoutProps) {
    super(scope, id, props);
    const charge = new LambdaFunction(this, 'Charge', {
      functionName: 'charge',
      runtime: Runtime.PYTHON_3_13,
      handler: 'charge.handler',
      timeout: Duration.seconds(30),
      code: Code.fromAsset(import.meta.dirname, { exclude: ['*', '!*.py'] }),
      environment: { PAYMENTS_URL: paymentsUrl },
    });
    pipeline.reportsFrom(charge, 'payments');
  }
}

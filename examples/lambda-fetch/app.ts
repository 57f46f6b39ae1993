import { ResiliencePipeline } from '@backstop-cdk/backstop';
import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { CheckoutStack } from './checkout-stack.ts';

const app = new App();
const pipeline = new ResiliencePipeline(new Stack(app, 'Backstop'), 'Backstop', {
  dependencies: { payments: { kind: 'http', baseUrl: 'https://payments.example.com', idempotencyKeys: true } },
});
new CheckoutStack(app, 'Checkout', { pipeline, code: Code.fromAsset('dist') });

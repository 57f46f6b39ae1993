import { PipelineOutputs, ResiliencePipeline } from '@backstop-cdk/backstop';
import { App, Stack } from 'aws-cdk-lib';
import { CheckoutStack } from './stack.ts';

const app = new App();
const paymentsUrl = 'https://payments.example.com';
const stack = new Stack(app, 'Backstop');
const pipeline = new ResiliencePipeline(stack, 'Backstop', {
  dependencies: { payments: { kind: 'http', baseUrl: paymentsUrl, idempotencyKeys: true } },
});
new PipelineOutputs(stack, 'Outputs', { pipeline });
new CheckoutStack(app, 'Checkout', { pipeline, paymentsUrl });
app.synth();

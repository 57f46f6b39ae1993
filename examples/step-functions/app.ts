import { PipelineOutputs, ResiliencePipeline } from '@backstop-cdk/backstop';
import { App, Stack } from 'aws-cdk-lib';
import { OrderStack } from './stack.ts';

const app = new App();
const paymentsUrl = 'https://payments.example.com';
const stack = new Stack(app, 'Backstop');
const pipeline = new ResiliencePipeline(stack, 'Backstop', {
  dependencies: {
    payments: { kind: 'http', baseUrl: paymentsUrl, idempotencyKeys: true },
    stock: { kind: 'http', baseUrl: 'https://stock.example.com' },
  },
});
new PipelineOutputs(stack, 'Outputs', { pipeline });
new OrderStack(app, 'Order', { pipeline, paymentsUrl });
app.synth();

import { PipelineOutputs, ResiliencePipeline } from '@backstop-cdk/backstop';
import { App, Stack } from 'aws-cdk-lib';
import { OrderStack } from './stack.ts';

const app = new App();
const stack = new Stack(app, 'Backstop');
const pipeline = new ResiliencePipeline(stack, 'Backstop', {
  dependencies: {
    stock: { kind: 'http', baseUrl: 'https://stock.example.com' },
    payments: { kind: 'http', baseUrl: 'https://payments.example.com', idempotencyKeys: true },
  },
});
new PipelineOutputs(stack, 'Outputs', { pipeline });
new OrderStack(app, 'Order', { pipeline });
app.synth();

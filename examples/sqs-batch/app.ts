import { PipelineOutputs, ResiliencePipeline } from '@backstop-cdk/backstop';
import { App, Stack } from 'aws-cdk-lib';
import { OrdersStack } from './stack.ts';

const app = new App();
const ordersUrl = 'https://orders.example.com';
const stack = new Stack(app, 'Backstop');
const pipeline = new ResiliencePipeline(stack, 'Backstop', {
  dependencies: { orders: { kind: 'http', baseUrl: ordersUrl, idempotencyKeys: true } },
});
new PipelineOutputs(stack, 'Outputs', { pipeline });
new OrdersStack(app, 'Orders', { pipeline, ordersUrl });
app.synth();

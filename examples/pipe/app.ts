import { PipelineOutputs, ResiliencePipeline } from '@backstop-cdk/backstop';
import { App, Stack } from 'aws-cdk-lib';
import { FailedChargesStack } from './stack.ts';

const app = new App();
const stack = new Stack(app, 'Backstop');
const pipeline = new ResiliencePipeline(stack, 'Backstop', {
  dependencies: { payments: { kind: 'http', baseUrl: 'https://payments.example.com', idempotencyKeys: true } },
});
new PipelineOutputs(stack, 'Outputs', { pipeline });
new FailedChargesStack(app, 'FailedCharges', { pipeline });
app.synth();

import { PipelineOutputs, ResiliencePipeline } from '@backstop-cdk/backstop';
import { App, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { ShippingStack } from './stack.ts';

const app = new App();
const warehouse = new Queue(new Stack(app, 'Warehouse'), 'Orders');
const stack = new Stack(app, 'Backstop');
const pipeline = new ResiliencePipeline(stack, 'Backstop', {
  dependencies: { warehouse: { kind: 'queue', queueArn: warehouse.queueArn } },
});
new PipelineOutputs(stack, 'Outputs', { pipeline });
new ShippingStack(app, 'Shipping', { pipeline, warehouse });
app.synth();

import { workerData } from 'node:worker_threads';
import { Duration } from 'aws-cdk-lib';
import { createApp } from '../../lib/pipeline/app.ts';
import type { PipelineStack } from '../../lib/pipeline/pipeline-stack.ts';
import { demoConfig } from './config.ts';
import { OrderStack } from './order-saga/order-stack.ts';

/** What {@link workerData} must be. */
export interface Synthesis {
  /** Base URL of all dependencies. */
  readonly dependencyUrl: string;
  /** Base URL of the shop of the sample. */
  readonly shopUrl: string;
  /** Where the cloud assembly is to be written. */
  readonly folder: string;
}

const { dependencyUrl, shopUrl, folder }: Synthesis = workerData;
// Nobody wants to watch it wait for minutes.
const app = createApp(demoConfig(dependencyUrl), { durableRetryInterval: Duration.seconds(1) }, folder);
const { pipeline } = app.node.findChild('BackstopPipeline') as PipelineStack;
new OrderStack(app, 'Orders', { pipeline, shopUrl });
app.synth();

import { workerData } from 'node:worker_threads';
import { Duration } from 'aws-cdk-lib';
import { createApp } from '../../lib/pipeline/app.ts';
import type { PipelineStack } from '../../lib/pipeline/pipeline-stack.ts';
import { demoConfig } from './config.ts';
import { OrderStack } from './order-saga/order-stack.ts';

/** Type of {@link workerData}. */
export interface Synthesis {
  /** Base URL of all dependencies. */
  readonly dependencyUrl: string;
  /** Base URL of the sample shop. */
  readonly shopUrl: string;
  /** Folder for the cloud assembly. */
  readonly folder: string;
}

const { dependencyUrl, shopUrl, folder }: Synthesis = workerData;
// Keeps the demo short: the default would wait for minutes.
const app = createApp(demoConfig(dependencyUrl), { durableRetryInterval: Duration.seconds(1) }, folder);
const { pipeline } = app.node.findChild('BackstopPipeline') as PipelineStack;
new OrderStack(app, 'Orders', { pipeline, shopUrl });
app.synth();

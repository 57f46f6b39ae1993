import { Duration } from 'aws-cdk-lib';
import { createApp } from '../../lib/pipeline/app.ts';
import type { PipelineStack } from '../../lib/pipeline/pipeline-stack.ts';
import { demoConfig } from './config.ts';
import { OrderStack } from './order-saga/order-stack.ts';

/** What the thread of the synthesis gets from its starter. */
export interface Synthesis {
  /** Base URL of all dependencies. */
  readonly dependencyUrl: string;
  /** Base URL of the sample shop. */
  readonly shopUrl: string;
  /** Folder for the cloud assembly. */
  readonly folder: string;
  /** Folder for the bundled functions, which the assembly contains as well. */
  readonly functionsFolder: string;
}

/** Synthesizes the app of the demonstration. */
export function synthesizeDemo({ dependencyUrl, shopUrl, folder }: Synthesis): void {
  // Keeps the demo short: the default would wait for minutes.
  const app = createApp(demoConfig(dependencyUrl), { durableRetryInterval: Duration.seconds(1) }, folder);
  const { pipeline } = app.node.findChild('BackstopPipeline') as PipelineStack;
  new OrderStack(app, 'Orders', { pipeline, shopUrl });
  app.synth();
}

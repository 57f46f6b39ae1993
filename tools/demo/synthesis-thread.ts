import { workerData } from 'node:worker_threads';
import { Duration } from 'aws-cdk-lib';
import { synthesize } from '../../lib/app.ts';
import { demoConfig } from './config.ts';

/** What {@link workerData} must be. */
export interface Synthesis {
  /** Base URL of all dependencies. */
  readonly dependencyUrl: string;
  /** Where the cloud assembly is to be written. */
  readonly folder: string;
}

const { dependencyUrl, folder }: Synthesis = workerData;
// Nobody wants to watch it wait for minutes.
synthesize(demoConfig(dependencyUrl), folder, { durableRetryInterval: Duration.seconds(1) });

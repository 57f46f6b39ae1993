import { workerData } from 'node:worker_threads';
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
synthesize(demoConfig(dependencyUrl), folder);

import { parentPort, workerData } from 'node:worker_threads';
import { Progress } from './progress.ts';
import { runShare, type Share } from './run-share.ts';

/** What a thread gets: its share, and the numbers that all share. */
export interface ThreadData {
  readonly share: Share;
  readonly shared: Progress['shared'];
}

// Nobody reads the stacks of the errors that the code throws on its way, and making them takes a tenth of the time.
Error.stackTraceLimit = 0;
const { share, shared } = workerData as ThreadData;
parentPort?.postMessage(await runShare(share, new Progress(shared)));

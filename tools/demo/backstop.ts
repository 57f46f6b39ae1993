import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type LocalCloud, startCloud } from '../local/cloud.ts';
import { hear, type News } from './news.ts';
import { type Report, seconds } from './report.ts';
import type { Synthesis } from './synthesis-thread.ts';

export interface BackstopOptions {
  readonly dependencyUrl: string;
  readonly shopUrl: string;
  /** Folder for all output files. */
  readonly folder: string;
  /** File for the log lines of the functions. */
  readonly logFile: string;
  /** Updated as log lines arrive. */
  readonly news: News;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Synthesizes the app and runs the cloud assembly. */
export async function startBackstop(options: BackstopOptions): Promise<LocalCloud> {
  const { dependencyUrl, shopUrl, folder, logFile, news, report, signal } = options;
  const assembly = join(folder, 'cdk.out');
  const begun = performance.now();
  report.status('  Synthesizing the app …');
  await synthesizeAside({ dependencyUrl, shopUrl, folder: assembly }, signal);
  const synthesized = performance.now();
  report.line(`  Synthesized the app in ${seconds(synthesized - begun)}`);
  report.status('  Starting the embedded cloud …');
  const log = createWriteStream(logFile);
  const onLog = ({ text }: { readonly text: string }) => {
    log.write(`${text}\n`);
    hear(text, news);
  };
  const cloud = await startCloud({ assembly, onLog });
  report.line(`  Started the embedded cloud in ${seconds(performance.now() - synthesized)}`);
  report.status('');
  return cloud;
}

/** Runs in its own thread, so that Ctrl-C works meanwhile, and without the progress output of the CDK. */
async function synthesizeAside(workerData: Synthesis, signal: AbortSignal): Promise<void> {
  const thread = new Worker(new URL('./synthesis-thread.ts', import.meta.url), { workerData, stderr: true });
  try {
    await once(thread, 'exit', { signal });
  } finally {
    await thread.terminate();
  }
}

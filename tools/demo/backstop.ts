import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type LocalCloud, startCloud } from '../local/cloud.ts';
import { hear, type News } from './news.ts';
import { type Report, seconds } from './report.ts';
import { stopwatch } from './stopwatch.ts';
import type { Synthesis } from './synthesis-thread.ts';

export interface SynthesisOptions {
  readonly dependencyUrl: string;
  readonly shopUrl: string;
  /** Folder for all output files. */
  readonly folder: string;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Synthesizes the app. @returns the folder of its cloud assembly */
export async function synthesize(options: SynthesisOptions): Promise<string> {
  const { dependencyUrl, shopUrl, folder, report, signal } = options;
  const assembly = join(folder, 'cdk.out');
  const lasted = stopwatch();
  report.status('  Synthesizing the app …');
  await synthesizeAside({ dependencyUrl, shopUrl, folder: assembly }, signal);
  report.status('');
  report.line(`  Synthesized the app in ${seconds(lasted())}`);
  return assembly;
}

export interface BackstopOptions {
  /** The folder of the cloud assembly. */
  readonly assembly: string;
  /** File for the log lines of the functions. */
  readonly logFile: string;
  /** Updated as log lines arrive. */
  readonly news: News;
  readonly report: Report;
}

/** Runs the synthesized app. */
export async function startBackstop({ assembly, logFile, news, report }: BackstopOptions): Promise<LocalCloud> {
  const lasted = stopwatch();
  report.status('  Starting the embedded cloud …');
  const log = createWriteStream(logFile);
  const onLog = ({ text }: { readonly text: string }) => {
    log.write(`${text}\n`);
    hear(text, news);
  };
  const cloud = await startCloud({ assembly, onLog });
  report.status('');
  report.line(`  Started the embedded cloud in ${seconds(lasted())}`);
  return cloud;
}

/**
 * Skips the CDK's check of the templates, which takes longer than all the rest of a synth. The tests of the app check
 * them. Skips stack traces of constructs, too.
 */
const QUICK = {
  CDK_VALIDATION: 'false',
  CDK_CONTEXT_JSON: JSON.stringify({
    'aws:cdk:disable-creation-stack-traces': true,
    'aws:cdk:disable-stack-trace': true,
    '@aws-cdk/core:enableAdditionalMetadataCollection': false,
  }),
};

/** Runs in its own thread, so that Ctrl-C works during the synthesis. Hides the CDK's progress output. */
async function synthesizeAside(workerData: Synthesis, signal: AbortSignal): Promise<void> {
  const url = new URL('./synthesis-thread.ts', import.meta.url);
  const thread = new Worker(url, { workerData, env: { ...process.env, ...QUICK }, stderr: true });
  try {
    await once(thread, 'exit', { signal });
  } finally {
    await thread.terminate();
  }
}

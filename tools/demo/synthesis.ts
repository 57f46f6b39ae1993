import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Report, seconds } from './report.ts';
import { stopwatch } from './stopwatch.ts';
import type { Synthesis } from './synthesis-app.ts';

export interface SynthesisOptions {
  readonly dependencyUrl: string;
  readonly shopUrl: string;
  /** Folder for all output files. */
  readonly folder: string;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Learns the folder of the bundled functions, as soon as they are there. The rest of the synthesis takes longer. */
  readonly onBundled: (folder: string) => void;
}

/** Synthesizes the app. @returns the folder of its cloud assembly */
export async function synthesize(options: SynthesisOptions): Promise<string> {
  const { dependencyUrl, shopUrl, folder, report, signal, onBundled } = options;
  const assembly = join(folder, 'cdk.out');
  const lasted = stopwatch();
  report.status('  Synthesizing the app …');
  const data = { dependencyUrl, shopUrl, folder: assembly, functionsFolder: join(folder, 'functions') };
  await synthesizeAside(data, signal, onBundled);
  report.status('');
  report.line(`  Synthesized the app in ${seconds(lasted())}`);
  return assembly;
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
async function synthesizeAside(
  workerData: Synthesis,
  signal: AbortSignal,
  onBundled: SynthesisOptions['onBundled'],
): Promise<void> {
  const url = new URL('./synthesis-thread.ts', import.meta.url);
  const thread = new Worker(url, { workerData, env: { ...process.env, ...QUICK }, stderr: true });
  thread.once('message', () => onBundled(workerData.functionsFolder));
  try {
    await once(thread, 'exit', { signal });
  } finally {
    await thread.terminate();
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { BackstopConfig } from './config.ts';
import { packageRoot } from './handler-bundle.ts';
import { PipelineStack } from './pipeline-stack.ts';
import type { ResiliencePipelineProps } from './resilience-pipeline.ts';
import { StateStack } from './state-stack.ts';

/** What a pipeline can be told beside its dependencies. */
export type PipelineOptions = Omit<ResiliencePipelineProps, 'dependencies' | 'store'>;

/**
 * The app as it is deployed. Its resources are the same with and without the CDK's command line, since the feature flags of
 * `cdk.json` are read in any case.
 *
 * @param outdir folder to synthesize into; by default the one that the command line asks for, or else a temporary one
 * @throws ConfigError naming every mistake of the config
 */
export function createApp(config: BackstopConfig, options: PipelineOptions = {}, outdir?: string): App {
  const { context } = JSON.parse(readFileSync(join(packageRoot(), 'cdk.json'), 'utf8'));
  // Left to itself, the app would also be synthesized where its construction has failed halfway.
  const props = { context, autoSynth: false, analyticsReporting: false };
  const app = new App({ ...props, ...(outdir !== undefined && { outdir }) });
  const { store } = new StateStack(app, 'BackstopState', { description: 'Backstop: what it keeps of failures' });
  new PipelineStack(app, 'BackstopPipeline', {
    description: 'Backstop: where failures come in and what takes care of them',
    pipeline: { ...config, ...options, store },
  });
  return app;
}

/** Writes the cloud assembly into the folder. @returns the folder */
export function synthesize(config: BackstopConfig, outdir: string, options: PipelineOptions = {}): string {
  return createApp(config, options, outdir).synth().directory;
}

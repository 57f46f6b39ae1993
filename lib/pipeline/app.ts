import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { BackstopConfig } from '../config/dependency-config.ts';
import { packageRoot } from '../parts/package-root.ts';
import type { ResiliencePipelineProps } from './pipeline-props.ts';
import { PipelineStack } from './pipeline-stack.ts';
import { StateStack } from './state-stack.ts';

/** The options of a pipeline besides its dependencies. */
export type PipelineOptions = Omit<ResiliencePipelineProps, 'dependencies' | 'store'>;

/**
 * The config that `backstop.config.ts` exports: the dependencies, and options of the pipeline. A wrong value fails the
 * synth with a {@link ConfigError}.
 *
 * @example
 * const config: AppConfig = {
 *   deadline: Duration.hours(6),
 *   dependencies: {
 *     payments: { kind: 'http', baseUrl: 'https://payments.example.com', circuit: { perTenant: true } },
 *     resize: { kind: 'lambda', functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:resize' },
 *   },
 * };
 */
export interface AppConfig extends BackstopConfig, PipelineOptions {}

/**
 * Creates the app to deploy. Reads the feature flags of `cdk.json` itself, so that the resources are the same with
 * and without the CDK's command line.
 *
 * @param options take precedence over those of the config
 * @param outdir folder of the assembly; by default the command line's folder, otherwise a temporary one
 * @throws ConfigError that names every mistake in the config
 */
export function createApp(config: AppConfig, options: PipelineOptions = {}, outdir?: string): App {
  const { context } = JSON.parse(readFileSync(join(packageRoot(), 'cdk.json'), 'utf8'));
  // With `autoSynth`, the CDK would also synthesize an app whose construction failed halfway.
  const app = new App({ context, autoSynth: false, analyticsReporting: false, outdir });
  const { removal = config.removal } = options;
  const { store } = new StateStack(app, 'BackstopState', { description: 'Backstop: stored failures', removal });
  new PipelineStack(app, 'BackstopPipeline', {
    description: 'Backstop: intake and recovery of failures',
    pipeline: { ...config, ...options, store },
  });
  return app;
}

/** Writes the cloud assembly into a folder. @returns the folder */
export function synthesize(config: AppConfig, outdir: string, options: PipelineOptions = {}): string {
  return createApp(config, options, outdir).synth().directory;
}

import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage, type ILocalBundling } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import type { DependencySettings } from '../lambdas/shared/boundary/settings.ts';

/** The handlers, each in a file of its own of that name. */
export const HANDLERS = ['worker', 'attempt', 'classify', 'settle', 'publisher', 'reconciler'] as const;

export type HandlerName = (typeof HANDLERS)[number];

/**
 * All handlers as one asset, together with `dependencies.json`, the settings of each dependency by its name.
 *
 * @param dependencies what the handlers know of the dependencies
 * @param folder where the handlers are
 */
export function bundleHandlers(
  dependencies: readonly DependencySettings[],
  folder: string = join(packageRoot(), 'lambdas'),
): Code {
  return Code.fromAsset(folder, {
    assetHashType: AssetHashType.OUTPUT,
    // The CDK wants an image in any case. Nothing is run in it.
    bundling: { image: DockerImage.fromRegistry('none'), local: new HandlerBundling(folder, dependencies) },
  });
}

/** Its fields tell bundles of one app apart: the CDK compares them to see whether it has made the bundle already. */
class HandlerBundling implements ILocalBundling {
  readonly folder: string;
  readonly dependencies: readonly DependencySettings[];

  constructor(folder: string, dependencies: readonly DependencySettings[]) {
    this.folder = folder;
    this.dependencies = dependencies;
  }

  tryBundle(outputFolder: string): boolean {
    for (const { path, contents } of build(this.folder)) writeFileSync(join(outputFolder, basename(path)), contents);
    const byName = Object.fromEntries(this.dependencies.map((dependency) => [dependency.name, dependency]));
    writeFileSync(join(outputFolder, 'dependencies.json'), JSON.stringify(byName));
    return true;
  }
}

/**
 * One call for all handlers: a call for each is what makes synthesizing slow, and splitting lets a function load only what
 * it needs of the SDK.
 */
function build(folder: string): readonly { readonly path: string; readonly contents: Uint8Array }[] {
  return buildSync({
    absWorkingDir: folder,
    entryPoints: HANDLERS.map((name) => `./${name}`),
    // Nothing is written there. Source maps hold paths relative to it, and the hash of the asset must not depend on where
    // the CDK keeps it for the moment.
    outdir: folder,
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    // For `node` esbuild prefers CommonJS, from which it can drop nothing.
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    // A stack trace needs names and lines only. The text would double the asset, and publish the source with it.
    sourcesContent: false,
    logLevel: 'silent',
  }).outputFiles;
}

/** The folder of the package that this file came with. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CfnResource, Stage, Token } from 'aws-cdk-lib';
import { type AssetCode, Code, type CodeConfig, type ResourceBindOptions } from 'aws-cdk-lib/aws-lambda';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';

/** The handlers, each in a file of its own of that name. */
export const HANDLERS = [
  'adopter',
  'sorter',
  'worker',
  'attempt',
  'resolve',
  'ask',
  'degrade',
  'undo',
  'classify',
  'settle',
  'publisher',
  'reconciler',
  'redriver',
  'circuit',
  'saga',
  'health',
  'notifier',
] as const;

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
  return new HandlerCode(folder, dependencies);
}

/** Bundled when the first function takes it. The CDK's own bundling would write a line to stderr at every synth. */
class HandlerCode extends Code {
  readonly isInline = false;
  private readonly folder: string;
  private readonly dependencies: readonly DependencySettings[];
  private asset?: AssetCode;

  constructor(folder: string, dependencies: readonly DependencySettings[]) {
    super();
    this.folder = folder;
    this.dependencies = dependencies;
  }

  override bind(scope: Construct): CodeConfig {
    return this.asset?.bind(scope) ?? this.bundle(scope);
  }

  override bindToResource(resource: CfnResource, options?: ResourceBindOptions): void {
    this.asset?.bindToResource(resource, options);
  }

  private bundle(scope: Construct): CodeConfig {
    // Beside where the asset will be, so that a synth that is cut off leaves nothing elsewhere.
    const output = mkdtempSync(join(Stage.of(scope)?.assetOutdir ?? tmpdir(), 'handlers-'));
    try {
      for (const { path, contents } of built(this.folder)) writeFileSync(join(output, basename(path)), contents);
      const byName = Object.fromEntries(this.dependencies.map((dependency) => [dependency.name, dependency]));
      writeFileSync(join(output, 'dependencies.json'), JSON.stringify(byName, whatStands));
      this.asset = Code.fromAsset(output);
      return this.asset.bind(scope);
    } finally {
      // By now the CDK has a copy, unless it was told to work without.
      if (!scope.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT)) rmSync(output, { recursive: true });
    }
  }
}

/** What stands only when deployed can be in no file: the environment of the functions has it. */
function whatStands(_: string, value: unknown): unknown {
  return typeof value === 'string' && Token.isUnresolved(value) ? undefined : value;
}

type Files = ReturnType<typeof build>;

/** By their folders: apps of one process have the same handlers. */
const BUILT = new Map<string, Files>();

function built(folder: string): Files {
  const files = BUILT.get(folder) ?? build(folder);
  BUILT.set(folder, files);
  return files;
}

/**
 * One call for all handlers: a call for each is what makes synthesizing slow, and splitting lets a function load only what
 * it needs of the SDK.
 */
function build(folder: string): readonly { readonly path: string; readonly contents: Uint8Array }[] {
  return buildSync({
    absWorkingDir: folder,
    entryPoints: HANDLERS.map((name) => `./${name}`),
    // Nothing is written there. Source maps hold paths relative to it, and the hash of the asset must not depend on a
    // temporary folder.
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

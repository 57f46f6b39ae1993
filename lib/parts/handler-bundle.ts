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

/** Handlers, one file each. */
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
  'operator',
  'archiver',
] as const;

export type HandlerName = (typeof HANDLERS)[number];

/**
 * Bundles all handlers into one asset, with `dependencies.json`: the settings of each dependency by its name.
 *
 * @param dependencies settings for the handlers
 * @param folder source folder of the handlers
 * @param runbook texts of the runbook's sections by name, which alerts contain; written to `runbook.json`
 */
export function bundleHandlers(
  dependencies: readonly DependencySettings[],
  folder: string = join(packageRoot(), 'lambdas'),
  runbook: Readonly<Record<string, string>> = {},
): Code {
  return new HandlerCode(folder, dependencies, runbook);
}

/** Bundles when the first function binds it. The CDK's own bundling would write a line to stderr at every synth. */
class HandlerCode extends Code {
  readonly isInline = false;
  private readonly folder: string;
  private readonly dependencies: readonly DependencySettings[];
  private readonly runbook: Readonly<Record<string, string>>;
  private asset?: AssetCode;

  constructor(folder: string, dependencies: readonly DependencySettings[], runbook: Readonly<Record<string, string>>) {
    super();
    this.folder = folder;
    this.dependencies = dependencies;
    this.runbook = runbook;
  }

  override bind(scope: Construct): CodeConfig {
    return this.asset?.bind(scope) ?? this.bundle(scope);
  }

  override bindToResource(resource: CfnResource, options?: ResourceBindOptions): void {
    this.asset?.bindToResource(resource, options);
  }

  private bundle(scope: Construct): CodeConfig {
    // The folder is inside the assembly, so an interrupted synth leaves nothing elsewhere.
    const output = mkdtempSync(join(Stage.of(scope)?.assetOutdir ?? tmpdir(), 'handlers-'));
    try {
      for (const { path, contents } of built(this.folder)) writeFileSync(join(output, basename(path)), contents);
      const byName = Object.fromEntries(this.dependencies.map((dependency) => [dependency.name, dependency]));
      writeFileSync(join(output, 'dependencies.json'), JSON.stringify(byName, whatStands));
      writeFileSync(join(output, 'runbook.json'), JSON.stringify(this.runbook));
      this.asset = Code.fromAsset(output);
      return this.asset.bind(scope);
    } finally {
      // By now the CDK has copied the asset, unless staging is disabled.
      if (!scope.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT)) rmSync(output, { recursive: true });
    }
  }
}

/** Omits values that exist only after the deployment. The functions get them in their environment. */
function whatStands(_: string, value: unknown): unknown {
  return typeof value === 'string' && Token.isUnresolved(value) ? undefined : value;
}

type Files = ReturnType<typeof build>;

/** Bundles by source folder, because all apps of a process share the handlers. */
const BUILT = new Map<string, Files>();

function built(folder: string): Files {
  const files = BUILT.get(folder) ?? build(folder);
  BUILT.set(folder, files);
  return files;
}

/**
 * Bundles all handlers in one call, because a call for each makes synth slow. Splitting lets a function load only the
 * parts of the SDK that it needs.
 */
function build(folder: string): readonly { readonly path: string; readonly contents: Uint8Array }[] {
  return buildSync({
    absWorkingDir: folder,
    entryPoints: HANDLERS.map((name) => `./${name}`),
    // esbuild writes nothing here. Source maps hold paths relative to it, and a temporary folder would change the hash
    // of the asset.
    outdir: folder,
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    // By default, esbuild prefers CommonJS for `node`, which it can't tree-shake.
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    // A stack trace needs only names and lines. The text would double the asset and publish the source.
    sourcesContent: false,
    logLevel: 'silent',
  }).outputFiles;
}

/** The root folder of the package that contains this file. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

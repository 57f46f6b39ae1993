import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssetHashType, type CfnResource, Stack, Stage, Token } from 'aws-cdk-lib';
import { Code, type CodeConfig, type ResourceBindOptions } from 'aws-cdk-lib/aws-lambda';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import { handlerArchive } from './handler-files.ts';
import { HANDLERS } from './handler-names.ts';
import { addToZip, type ZipFile } from './zip.ts';

/**
 * Puts all handlers into one asset, with `dependencies.json`: the settings of each dependency by its name.
 *
 * @param dependencies settings for the handlers
 * @param folder folder of the handlers: their sources, or in the package their bundles
 * @param runbook texts of the runbook's sections by name, which alerts contain; written to `runbook.json`
 */
export function bundleHandlers(
  dependencies: readonly DependencySettings[],
  folder?: string,
  runbook: Readonly<Record<string, string>> = {},
): Code {
  return new HandlerCode(dependencies, folder, runbook);
}

/** Writes the asset when the first function binds it. The CDK's own bundling would print a line at every synth. */
class HandlerCode extends Code {
  readonly isInline = false;
  private readonly dependencies: readonly DependencySettings[];
  private readonly folder: string | undefined;
  private readonly runbook: Readonly<Record<string, string>>;
  private asset?: Asset;
  private config?: CodeConfig;
  private stack?: Stack;

  constructor(
    dependencies: readonly DependencySettings[],
    folder: string | undefined,
    runbook: Readonly<Record<string, string>>,
  ) {
    super();
    this.dependencies = dependencies;
    this.folder = folder;
    this.runbook = runbook;
  }

  override bind(scope: Construct): CodeConfig {
    // The CDK takes an asset for one stack only. Its place is the same for all nested stacks.
    this.config ??= this.write(scope);
    return this.config;
  }

  override bindToResource(resource: CfnResource, { resourceProperty = 'Code' }: ResourceBindOptions = {}): void {
    if (this.asset && Stack.of(resource) === this.stack) this.asset.addResourceMetadata(resource, resourceProperty);
  }

  private settings(): ZipFile {
    const byName = Object.fromEntries(this.dependencies.map((dependency) => [dependency.name, dependency]));
    return { name: 'dependencies.json', contents: Buffer.from(JSON.stringify(byName, whatStands)) };
  }

  private texts(): ZipFile {
    return { name: 'runbook.json', contents: Buffer.from(JSON.stringify(this.runbook)) };
  }

  private write(scope: Construct): CodeConfig {
    const outdir = Stage.of(scope)?.assetOutdir ?? tmpdir();
    const folder = mkdtempSync(join(outdir, 'handlers-'));
    try {
      // One file, because two hundred take longer to write than all templates.
      const archive = addToZip(handlerArchive(HANDLERS, this.folder), [this.settings(), this.texts()]);
      const path = join(folder, 'handlers.zip');
      writeFileSync(path, archive);
      const assetHash = createHash('sha256').update(archive).digest('hex');
      this.asset = new Asset(scope, 'Code', { path, deployTime: true, assetHash, assetHashType: AssetHashType.CUSTOM });
      this.stack = Stack.of(scope);
      const { s3BucketName: bucketName, s3ObjectKey: objectKey } = this.asset;
      return { s3Location: { bucketName, objectKey } };
    } finally {
      // If staging is disabled, the asset is in this folder.
      if (!scope.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT)) rmSync(folder, { recursive: true });
    }
  }
}

/** Omits values that exist only after the deployment. The functions get them in their environment. */
function whatStands(_: string, value: unknown): unknown {
  return typeof value === 'string' && Token.isUnresolved(value) ? undefined : value;
}

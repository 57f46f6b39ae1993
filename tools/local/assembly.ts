import { readFileSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { flatTemplate } from './flat-template.ts';
import { refusal } from './refusal.ts';
import { found, Resolver, type Stack } from './resolver.ts';
import { arnOf, hasNoEffect, runsHere } from './resource-kinds.ts';
import { unzipped } from './unzip.ts';

/** A resource that runs in the embedded cloud. */
export interface Resource<Properties = Readonly<Record<string, unknown>>> {
  /** Logical id. */
  readonly id: string;
  readonly type: string;
  /** Physical name. */
  readonly name: string;
  readonly arn: string;
  /** Resolved on first read. @throws Error if an intrinsic function can't be resolved. */
  readonly properties: Properties;
  /** Resolved. What CloudFormation does at an update. */
  readonly updatePolicy?: unknown;
}

/** The output of `cdk synth`, with its intrinsic functions resolved. */
export interface Assembly {
  /** All resources of these types. CDK checked the shape of their properties at synth. */
  all<Properties>(...types: string[]): readonly Resource<Properties>[];
  /**
   * @param reference ARN, with or without a qualifier or stream path, or physical name.
   * @throws Error if no such resource exists.
   */
  find(reference: string): Resource;
  /** The same, undefined if no such resource exists. */
  lookUp(reference: string): Resource | undefined;
  /** Folder of an asset. An archive is unpacked beside itself. */
  assetFolder(objectKey: string): string;
  /** Outputs of all stacks, by logical id. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly stacks: readonly StackSummary[];
  /** Each stack's template, merged with those of its nested stacks, by the name of the stack. */
  readonly templates: Readonly<Record<string, Stack['template']>>;
}

/** A stack as CloudFormation describes it. */
export interface StackSummary {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly resources: readonly { readonly id: string; readonly type: string; readonly name: string }[];
  /** Bodies of dashboards, by name. */
  readonly dashboards: Readonly<Record<string, string>>;
}

interface Artifact {
  readonly type: string;
  readonly properties?: { readonly [name in 'templateFile' | 'stackName' | 'file' | 'directoryName']?: string };
}

interface AssetManifest {
  readonly files: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>;
}

/**
 * Reads every stack of a cloud assembly.
 * @param endpoint Base of the queue URLs.
 * @throws Error if a resource can't run locally.
 */
export function readAssembly(folder: string, endpoint: string): Assembly {
  const assets = new Map<string, string>();
  const stacks = readStacks(folder, assets);
  refuseUnknown(stacks);
  const resources = stacks.flatMap((stack) => runnable(stack, new Resolver(stack, stacks, endpoint)));
  const lookUp = (reference: string) => resources.find((resource) => isMeant(resource, reference));
  return {
    all: <Properties>(...types: string[]) =>
      resources.filter(({ type }) => types.includes(type)) as unknown as Resource<Properties>[],
    find: (reference) => found(lookUp(reference), reference),
    lookUp,
    assetFolder: (objectKey) => {
      const asset = found(assets.get(objectKey), `asset ${objectKey}`);
      return asset.endsWith('.zip') ? unzipped(asset) : asset;
    },
    outputs: Object.fromEntries(stacks.flatMap((stack) => outputs(stack, new Resolver(stack, stacks, endpoint)))),
    templates: Object.fromEntries(stacks.map(({ name, template }) => [name, template])),
    stacks: stacks.map((stack) => {
      const resolver = new Resolver(stack, stacks, endpoint);
      const all = Object.entries(stack.template.Resources ?? {});
      return {
        name: stack.name,
        outputs: Object.fromEntries(outputs(stack, resolver)),
        resources: all.map(([id, { Type: type }]) => ({ id, type, name: resolver.physicalName(id) })),
        get dashboards() {
          const dashboards = all.filter(([, { Type }]) => Type === 'AWS::CloudWatch::Dashboard');
          return Object.fromEntries(
            dashboards.map(([id, { Properties }]) => [
              resolver.physicalName(id),
              String(resolver.resolve(Properties?.DashboardBody)),
            ]),
          );
        },
      };
    }),
  };
}

function readStacks(folder: string, assets: Map<string, string>): Stack[] {
  const artifacts: Artifact[] = Object.values(readJson(join(folder, 'manifest.json')).artifacts);
  for (const { type, properties = {} } of artifacts) {
    if (type !== 'cdk:asset-manifest') continue;
    const manifest: AssetManifest = readJson(join(folder, properties.file ?? ''));
    for (const { source, destinations } of Object.values(manifest.files))
      for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, resolvePath(folder, source.path));
  }
  return artifacts.flatMap(({ type, properties = {} }) => {
    if (type === 'cdk:cloud-assembly') return readStacks(join(folder, properties.directoryName ?? ''), assets);
    if (type !== 'aws:cloudformation:stack') return [];
    const templateFile = properties.templateFile ?? '';
    const name = properties.stackName ?? templateFile.replace('.template.json', '');
    const read = (objectKey: string) => readJson(found(assets.get(objectKey), `asset ${objectKey}`));
    return [{ name, template: flatTemplate(readJson(join(folder, templateFile)), read) }];
  });
}

function refuseUnknown(stacks: readonly Stack[]): void {
  const unknown = stacks
    .flatMap(({ template }) => Object.entries(template.Resources ?? {}))
    .filter(([, { Type, Condition }]) => !hasNoEffect(Type) && (!runsHere(Type) || Condition !== undefined))
    .map(([id, { Type, Condition }]) => `${id} (${Type}${Condition ? `, property Condition: ${Condition}` : ''})`);
  if (unknown.length > 0) throw new Error(`the embedded cloud can't run ${unknown.join(', ')}`);
}

function runnable(stack: Stack, resolver: Resolver): Resource[] {
  const all = Object.entries(stack.template.Resources ?? {}).filter(([, { Type }]) => runsHere(Type));
  return all.map(([id, { Type: type, Properties = {}, UpdatePolicy }]) => {
    const name = resolver.physicalName(id);
    let resolved: Resource['properties'] | undefined;
    return {
      id,
      type,
      name,
      arn: arnOf(type, name),
      get properties() {
        resolved ??= resolveAll(Properties, resolver, { id, type });
        return resolved;
      },
      get updatePolicy() {
        return resolver.resolve(UpdatePolicy);
      },
    };
  });
}

function resolveAll(
  properties: Resource['properties'],
  resolver: Resolver,
  resource: Pick<Resource, 'id' | 'type'>,
): Resource['properties'] {
  const resolved = Object.entries(properties).map(([property, value]) => {
    try {
      return [property, resolver.resolve(value)] as const;
    } catch (cause) {
      throw refusal(resource, property, cause);
    }
  });
  return Object.fromEntries(resolved.filter(([, value]) => value !== undefined));
}

function outputs(stack: Stack, resolver: Resolver): [string, string][] {
  const all = Object.entries(stack.template.Outputs ?? {});
  return all.map(([id, { Value }]) => [id, String(resolver.resolve(Value))]);
}

/** @param reference ARN or physical name, with or without a qualifier or stream path */
export function isMeant({ arn, name }: Pick<Resource, 'arn' | 'name'>, reference: string): boolean {
  const [own] = [arn, name].filter((each) => reference.startsWith(each));
  return own !== undefined && /^(?:[:/]|$)/.test(reference.slice(own.length));
}

// biome-ignore lint/suspicious/noExplicitAny: CDK wrote the files, and its schema is trusted.
function readJson(file: string): any {
  return JSON.parse(readFileSync(file, 'utf8'));
}

import { readFileSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { ACCOUNT, arnOf, hasNoEffect, nameOf, REGION, runsHere, STREAM_LABEL } from './resource-kinds.ts';

/** A resource that runs in the embedded cloud. */
export interface Resource<Properties = Readonly<Record<string, unknown>>> {
  /** Logical id. */
  readonly id: string;
  readonly type: string;
  /** Physical name. */
  readonly name: string;
  readonly arn: string;
  /** Resolved when they are first read. @throws Error if an intrinsic function can't be resolved. */
  readonly properties: Properties;
}

/** What `cdk synth` wrote, resolved. */
export interface Assembly {
  /** All resources of these types. The shape of their properties was checked by CDK at synth. */
  all<Properties>(...types: string[]): readonly Resource<Properties>[];
  /**
   * @param reference ARN, perhaps with a qualifier or the path of a stream, or physical name.
   * @throws Error if there is no such resource.
   */
  find(reference: string): Resource;
  /** Folder of an asset. */
  assetFolder(objectKey: string): string;
  /** Outputs of all stacks by their logical id. */
  readonly outputs: Readonly<Record<string, string>>;
}

interface RawResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

interface Template {
  readonly Resources?: Readonly<Record<string, RawResource>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>
  >;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
}

interface Stack {
  readonly name: string;
  readonly template: Template;
}

interface Artifact {
  readonly type: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly file?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>
  >;
}

/**
 * Reads every stack of a cloud assembly.
 * @param endpoint Base of the queue URLs.
 * @throws Error if it has a resource that can't run locally.
 */
export function readAssembly(folder: string, endpoint: string): Assembly {
  const assets = new Map<string, string>();
  const stacks = readStacks(folder, assets);
  refuseUnknown(stacks);
  const resources = stacks.flatMap((stack) => runnable(stack, new Resolver(stack, stacks, endpoint)));
  return {
    all: <Properties>(...types: string[]) =>
      resources.filter(({ type }) => types.includes(type)) as unknown as Resource<Properties>[],
    find: (reference) =>
      found(
        resources.find((resource) => isMeant(resource, reference)),
        reference,
      ),
    assetFolder: (objectKey) => found(assets.get(objectKey), `asset ${objectKey}`),
    outputs: Object.fromEntries(stacks.flatMap((stack) => outputs(stack, new Resolver(stack, stacks, endpoint)))),
  };
}

function readStacks(folder: string, assets: Map<string, string>): Stack[] {
  const artifacts: Artifact[] = Object.values(readJson(join(folder, 'manifest.json')).artifacts);
  return artifacts.flatMap(({ type, properties = {} }) => {
    if (type === 'cdk:cloud-assembly') return readStacks(join(folder, properties.directoryName ?? ''), assets);
    if (type === 'cdk:asset-manifest') {
      const { files = {} }: AssetManifest = readJson(join(folder, properties.file ?? ''));
      for (const { source, destinations } of Object.values(files))
        for (const { objectKey } of Object.values(destinations))
          assets.set(objectKey, resolvePath(folder, source.path));
    }
    if (type !== 'aws:cloudformation:stack') return [];
    const templateFile = properties.templateFile ?? '';
    const name = properties.stackName ?? templateFile.replace('.template.json', '');
    return [{ name, template: readJson(join(folder, templateFile)) }];
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
  return Object.entries(stack.template.Resources ?? {})
    .filter(([, { Type }]) => runsHere(Type))
    .map(([id, { Type, Properties = {} }]) => {
      const name = resolver.physicalName(id);
      let resolved: Readonly<Record<string, unknown>> | undefined;
      return {
        id,
        type: Type,
        name,
        arn: arnOf(Type, name),
        get properties() {
          resolved ??= resolver.properties(id, Type, Properties);
          return resolved;
        },
      };
    });
}

function outputs(stack: Stack, resolver: Resolver): [string, string][] {
  const all = Object.entries(stack.template.Outputs ?? {});
  return all.map(([id, { Value }]) => [id, String(resolver.resolve(Value))]);
}

/** Resolves the intrinsic functions in one stack. */
class Resolver {
  readonly #stack: Stack;
  readonly #stacks: readonly Stack[];
  readonly #endpoint: string;

  constructor(stack: Stack, stacks: readonly Stack[], endpoint: string) {
    this.#stack = stack;
    this.#stacks = stacks;
    this.#endpoint = endpoint;
  }

  properties(id: string, type: string, properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(properties).map(([property, value]) => {
        try {
          return [property, this.resolve(value)];
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : cause;
          throw new Error(`${id} (${type}), property ${property}: ${reason}`, { cause });
        }
      }),
    );
  }

  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.resolve(each)).filter((each) => each !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::')))
      return this.#call(name, argument);
    const resolved = entries.map(([key, each]) => [key, this.resolve(each)] as const);
    return Object.fromEntries(resolved.filter(([, each]) => each !== undefined));
  }

  physicalName(id: string): string {
    const resource = this.#resource(id);
    return nameOf(this.#stack.name, id, resource.Type, (property) => this.resolve(resource.Properties?.[property]));
  }

  #call(name: string, argument: unknown): unknown {
    if (name === 'Ref') return this.#ref(String(argument));
    if (name === 'Fn::GetAtt') {
      const [id, attribute] = Array.isArray(argument) ? argument : String(argument).split(/\.(.*)/);
      return this.#attribute(id, attribute);
    }
    if (name === 'Fn::Sub') return this.#substitute(argument);
    const resolved = this.resolve(argument);
    if (name === 'Fn::ImportValue') return this.#imported(resolved);
    const [first, second] = resolved as [string, string & string[]];
    if (name === 'Fn::Join') return second.join(first);
    if (name === 'Fn::Split') return second.split(first);
    if (name === 'Fn::Select') return second[Number(first)];
    throw new Error(`${name} is not resolved locally`);
  }

  #ref(id: string): unknown {
    if (id.startsWith('AWS::')) return this.#pseudo(id);
    const parameter = this.#stack.template.Parameters?.[id];
    if (parameter !== undefined) return found(parameter.Default, `default of the parameter ${id}`);
    const { Type, Properties } = this.#resource(id);
    switch (Type) {
      case 'AWS::SQS::Queue':
        return this.#attribute(id, 'QueueUrl');
      case 'AWS::SNS::Topic':
      case 'AWS::StepFunctions::StateMachine':
        return this.#attribute(id, 'Arn');
      case 'AWS::Lambda::Alias':
      case 'AWS::Lambda::Version':
        return arnOf('AWS::Lambda::Function', String(this.resolve(Properties?.FunctionName)).replace(/^.*:/, ''));
      default:
        return this.physicalName(id);
    }
  }

  #attribute(id: string, attribute: string): string {
    const { Type } = this.#resource(id);
    const name = this.physicalName(id);
    if (attribute === 'StreamArn') return `${arnOf(Type, name)}/stream/${STREAM_LABEL}`;
    if (attribute.endsWith('Arn')) return arnOf(Type, name);
    if (attribute === 'QueueUrl') return `${this.#endpoint}/${ACCOUNT}/${name}`;
    if (/(Name|Id)$/.test(attribute)) return name;
    throw new Error(`attribute ${attribute} of ${id} (${Type}) is not known locally`);
  }

  #substitute(argument: unknown): string {
    const [text, values] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Record<string, unknown>];
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in values) return String(this.resolve(values[name]));
      return String(name.includes('.') ? this.#call('Fn::GetAtt', name) : this.#ref(name));
    });
  }

  #imported(name: unknown): unknown {
    for (const stack of this.#stacks) {
      const resolver = new Resolver(stack, this.#stacks, this.#endpoint);
      for (const { Value, Export } of Object.values(stack.template.Outputs ?? {}))
        if (Export !== undefined && resolver.resolve(Export.Name) === name) return resolver.resolve(Value);
    }
    throw new Error(`no stack exports ${name}`);
  }

  #pseudo(id: string): string | undefined {
    const stack = this.#stack.name;
    const values: Record<string, string | undefined> = {
      'AWS::Region': REGION,
      'AWS::AccountId': ACCOUNT,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stack,
      'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stack}/local`,
      'AWS::NoValue': undefined,
    };
    if (!(id in values)) throw new Error(`${id} is not known locally`);
    return values[id];
  }

  #resource(id: string): RawResource {
    return found(this.#stack.template.Resources?.[id], `resource ${id} in the stack ${this.#stack.name}`);
  }
}

function isMeant({ arn, name }: Resource, reference: string): boolean {
  return (
    reference === name || reference === arn || (reference.startsWith(arn) && /[:/]/.test(reference[arn.length] ?? ''))
  );
}

function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

// biome-ignore lint/suspicious/noExplicitAny: the files were written by CDK, whose schema is trusted.
function readJson(file: string): any {
  return JSON.parse(readFileSync(file, 'utf8'));
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RawResource, Stack } from './resolver.ts';

type Template = Stack['template'];

const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** Reads the template of an asset. @param objectKey last part of the asset's address */
export type ReadTemplate = (objectKey: string) => Template;

/**
 * Merges the templates of nested stacks into that of their parent. The result deploys the same resources from one
 * template: each parameter is what the parent passes, and each output what the nested stack outputs.
 *
 * @throws Error if a nested stack uses what is not known here, such as conditions
 */
export function flatTemplate(template: Template, read: ReadTemplate): Template {
  const root = new Scope(template, read);
  const Outputs = Object.entries(template.Outputs ?? {}).map(([id, output]) => [id, root.rewritten(output)]);
  return { ...template, Resources: Object.fromEntries(root.resources()), Outputs: Object.fromEntries(Outputs) };
}

/** Reads a template of a cloud assembly, merged with those of its nested stacks. @param file of the stack's template */
export function readFlatTemplate(folder: string, file: string): Template {
  const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  const manifest: Manifest = json(join(folder, file.replace('.template.json', '.assets.json')));
  const paths = new Map<string, string>();
  for (const { source, destinations } of Object.values(manifest.files))
    for (const { objectKey } of Object.values(destinations)) paths.set(objectKey, resolve(folder, source.path));
  return flatTemplate(json(join(folder, file)), (objectKey) => json(paths.get(objectKey) ?? objectKey));
}

interface Manifest {
  readonly files: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>;
}

/** A stack within the result. */
class Scope {
  readonly #template: Template;
  /** Logical id of the stack in its parent, if it has one. */
  readonly #id: string;
  readonly #parent: Scope | undefined;
  readonly #nested = new Map<string, Scope>();

  constructor(template: Template, read: ReadTemplate, parent?: Scope, id = '') {
    this.#template = template;
    this.#parent = parent;
    this.#id = id;
    if (parent && 'Conditions' in template)
      throw new Error(`the conditions of the nested stack ${id} are not known here`);
    for (const [each, resource] of this.#own()) {
      if (resource.Type === NESTED_STACK)
        this.#nested.set(each, new Scope(read(objectKeyOf(resource)), read, this, each));
    }
  }

  resources(): [string, RawResource][] {
    return this.#own().flatMap(([id, resource]): [string, RawResource][] => {
      const nested = this.#nested.get(id);
      if (nested) return nested.resources();
      const { DependsOn, ...rest } = this.rewritten(resource) as RawResource;
      const waitsFor = [DependsOn ?? []].flat().flatMap((each) => this.#known(String(each)));
      return [[this.#named(id), waitsFor.length > 0 ? { ...rest, DependsOn: waitsFor } : rest]];
    });
  }

  /** A value with all its references as the result has them. */
  rewritten(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.rewritten(each));
    if (typeof value !== 'object' || value === null) return value;
    const { Ref, 'Fn::GetAtt': attribute } = value as { readonly Ref?: string; readonly 'Fn::GetAtt'?: string[] };
    if (typeof Ref === 'string') return this.#ref(Ref);
    if (Array.isArray(attribute)) return this.#attribute(attribute);
    return selected(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.rewritten(each)])));
  }

  #own(): readonly [string, RawResource][] {
    return Object.entries(this.#template.Resources ?? {});
  }

  #ref(id: string): unknown {
    if (id in (this.#template.Resources ?? {})) return { Ref: this.#named(id) };
    if (!this.#parent || id.startsWith('AWS::')) return { Ref: id };
    return this.#parent.#passed(this.#id, id) ?? { Ref: id };
  }

  #attribute([id = '', ...rest]: readonly string[]): unknown {
    const nested = this.#nested.get(id);
    if (!nested) return { 'Fn::GetAtt': [this.#named(id), ...rest] };
    const name = rest.join('.').replace(/^Outputs\./, '');
    return nested.rewritten(nested.#template.Outputs?.[name]?.Value);
  }

  #passed(nestedId: string, parameter: string): unknown {
    const { Parameters } = (this.#template.Resources?.[nestedId]?.Properties ?? {}) as { Parameters?: object };
    return this.rewritten((Parameters as Record<string, unknown> | undefined)?.[parameter]);
  }

  /** Logical ids that stand for a resource in the result. */
  #known(id: string): readonly string[] {
    const nested = this.#nested.get(id);
    return nested ? nested.resources().map(([each]) => each) : [this.#named(id)];
  }

  /** Reads as CDK's ids do: the way to the resource, and a hash that keeps names unique after they are cut. */
  #named(id: string): string {
    if (!this.#parent) return id;
    const within = `${this.#parent.#named(this.#id)}/${id}`;
    const hash = createHash('sha256').update(within).digest('hex').slice(0, 8).toUpperCase();
    return `${this.#parent.#named(this.#id).replace(/NestedStack.*$/, '')}${id.replace(/[0-9A-F]{8}$/, '')}${hash}`;
  }
}

/** A part of a joined text, if the value selects one from it. The separator is in no part. */
function selected(value: Readonly<Record<string, unknown>>): unknown {
  const [at, all] = (value['Fn::Select'] ?? []) as readonly [number | string, { readonly 'Fn::Split'?: unknown }?];
  const [separator, text] = (all?.['Fn::Split'] ?? []) as readonly [string, { readonly 'Fn::Join'?: unknown }?];
  const [joinedWith, parts] = (text?.['Fn::Join'] ?? []) as readonly [string?, (readonly unknown[])?];
  return parts && separator === joinedWith ? parts[Number(at)] : value;
}

/** The address is a join of texts and references, and ends with the key. */
function objectKeyOf({ Properties }: RawResource): string {
  const [key] = /[0-9a-f]{64}\.json/.exec(JSON.stringify(Properties?.TemplateURL)) ?? [];
  if (key === undefined) throw new Error('the address of a nested template must end with its hash');
  return key;
}

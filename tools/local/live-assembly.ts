import type { Assembly, Resource } from './assembly.ts';
import { found, type RawResource } from './resolver.ts';

/** What stays where it is when a deployment removes it from the template, as do Backstop's queues and tables. */
const RETAINED = ['AWS::SQS::Queue', 'AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];

/** The assembly that is deployed now. The next deployment replaces it. */
export class LiveAssembly implements Assembly {
  #current: Assembly;
  readonly #earlier: Assembly[] = [];

  constructor(first: Assembly) {
    this.#current = first;
  }

  deploy(next: Assembly): void {
    this.#earlier.unshift(this.#current);
    this.#current = next;
  }

  all<Properties>(...types: string[]): readonly Resource<Properties>[] {
    return this.#current.all(...types);
  }

  find(reference: string): Resource {
    return found(this.lookUp(reference), reference);
  }

  lookUp(reference: string): Resource | undefined {
    return this.#current.lookUp(reference) ?? this.#earlier.map((each) => retainedIn(each, reference)).find(Boolean);
  }

  /** Instances that still run use the asset of their own version. */
  assetFolder(objectKey: string): string {
    return this.#current.assetFolder(objectKey);
  }

  get outputs(): Assembly['outputs'] {
    return this.#current.outputs;
  }

  /** With what earlier deployments left behind, policies of queues included. */
  get templates(): Assembly['templates'] {
    const earlier = this.#earlier.toReversed().flatMap(({ templates }) => Object.entries(templates));
    const all = { ...this.#current.templates };
    for (const [name, { Resources = {} }] of earlier) {
      const left = Object.entries(Resources).filter(([, resource]) => staysKnown(resource));
      const { [name]: template = {} } = all;
      all[name] = { ...template, Resources: { ...Object.fromEntries(left), ...template.Resources } };
    }
    return all;
  }

  get stacks(): Assembly['stacks'] {
    return this.#current.stacks;
  }
}

/** Policies that stay with their resource. What else was deployed grants nothing, but policies still name it. */
function staysKnown({ Type, DeletionPolicy }: RawResource): boolean {
  return DeletionPolicy === 'Retain' || !/(?:Policy|Permission)$/.test(Type);
}

function retainedIn(assembly: Assembly, reference: string): Resource | undefined {
  const left = assembly.lookUp(reference);
  return left && RETAINED.includes(left.type) ? left : undefined;
}

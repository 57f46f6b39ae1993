import { Resolver, type Stack } from '../resolver.ts';
import { arnOf } from '../resource-kinds.ts';

/** A resource of a template, with its intrinsic functions resolved. */
export interface Deployed {
  /** Logical id without the pipeline's prefix and the hash: `PaymentsLaneQueue`. */
  readonly name: string;
  readonly type: string;
  readonly arn: string;
  /** What `Ref` gives. */
  readonly ref: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties can have any type.
  readonly properties: any;
}

/** All resources of some stacks. @param templates JSON of each stack's template, by the name of the stack */
export function deployed(templates: Readonly<Record<string, object>>): readonly Deployed[] {
  const stacks = Object.entries(templates).map(([name, template]): Stack => ({ name, template }));
  return stacks.flatMap((stack) => {
    const resolver = new Resolver(stack, stacks, 'https://queues');
    return Object.entries(stack.template.Resources ?? {})
      .filter(([, { Type }]) => !IGNORED.test(Type))
      .map(([id, { Type: type, Properties = {} }]) => {
        let resolved: unknown;
        return {
          name: id.replace(/^(?:Pipeline|Store)(?=.)/, '').replace(/[0-9A-F]{8}$/, ''),
          type,
          arn: arnOf(type, resolver.physicalName(id)),
          ref: resolver.resolve({ Ref: id }),
          // Some properties of what grants nothing can't be resolved here.
          get properties() {
            resolved ??= resolver.resolve(Properties);
            return resolved;
          },
        };
      });
  });
}

/** Grant nothing, and are no resource of an action here. */
const IGNORED = /^AWS::(?:CDK|CloudWatch)::/;

/** ARNs that an action can name: of the resource, its streams and its indexes. */
export function arnsOf({ arn, type, properties }: Deployed): readonly string[] {
  if (!type.startsWith('AWS::DynamoDB::')) return [arn];
  const indexes: readonly { readonly IndexName: string }[] = properties.GlobalSecondaryIndexes ?? [];
  const stream = properties.StreamSpecification ? [`${arn}/stream/2000-01-01T00:00:00.000`] : [];
  return [arn, ...stream, ...indexes.map(({ IndexName }) => `${arn}/index/${IndexName}`)];
}

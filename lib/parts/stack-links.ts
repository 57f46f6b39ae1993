import { Reference, Stack, Tokenization } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { ConfigError } from '../config/validate-config.ts';
import { shown } from '../config/values.ts';
import { deployedStack } from './service-name.ts';

/** Which stack refers to which, and by what. */
const LINKS = new WeakMap<Stack, Map<Stack, string>>();

/**
 * Notes that the stack of one construct refers to that of another.
 *
 * @param by what refers, for the message
 * @throws ConfigError if the other stack refers to this one already. CloudFormation can deploy neither first, and the
 * CDK's own error names only logical ids
 */
export function linkStacks(from: IConstruct, to: IConstruct, by: string): void {
  const [user, used] = [deployedStack(from), deployedStack(to)];
  if (user === used) return;
  const back = LINKS.get(used)?.get(user);
  if (back !== undefined) {
    throw new ConfigError([
      `${by} must not make the stacks '${user.stackName}' and '${used.stackName}' refer to each other, got ${back} in the other direction: move one of them to a third stack, or write the ARN as text`,
    ]);
  }
  const links = LINKS.get(user) ?? new Map<Stack, string>();
  LINKS.set(user, links.set(used, links.get(used) ?? by));
}

/** Notes each resource of another stack that a config names. @throws ConfigError as {@link linkStacks} does */
export function linkReferences(from: IConstruct, config: unknown, by: string): void {
  const values = typeof config === 'object' && config !== null ? Object.values(config) : [];
  for (const value of values) {
    if (typeof value === 'object') linkReferences(from, value, by);
    for (const target of targetsOf(value)) linkStacks(from, target, by);
  }
}

/** Notes that a producer uses a construct of the pipeline. A service has no stack. */
export function linkGrantee(grantee: object, to: IConstruct, by: (path: string) => string): void {
  if (Construct.isConstruct(grantee)) linkStacks(grantee, to, by(shown(grantee.node.path)));
}

/** The constructs that a text refers to, those of other stacks included. */
export function targetsOf(value: unknown): readonly IConstruct[] {
  if (typeof value !== 'string') return [];
  return Tokenization.reverseString(value).tokens.flatMap((token) =>
    Reference.isReference(token) && Stack.of(token.target) ? [token.target] : [],
  );
}

import { Stack } from 'aws-cdk-lib';
import type { BackstopFunction } from './backstop-function.ts';
import { allow } from './permissions.ts';

/** ARNs of the functions that resolve conflicts, by the name of their dependency. */
export type Resolvers = Readonly<Record<string, string>>;

/**
 * Lets a function call these resolvers. Passes their ARNs in the environment, because some exist only after the
 * deployment.
 */
export function useResolvers(asker: BackstopFunction, resolvers: Resolvers): void {
  if (Object.keys(resolvers).length === 0) return;
  asker.addEnvironment('RESOLVERS', Stack.of(asker).toJsonString(resolvers));
  for (const arn of new Set(Object.values(resolvers))) allow(asker, ['lambda:InvokeFunction'], arn);
}

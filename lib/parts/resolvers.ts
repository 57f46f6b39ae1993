import { Stack } from 'aws-cdk-lib';
import type { BackstopFunction } from './backstop-function.ts';
import { allow } from './permissions.ts';

/** ARNs of the functions that resolve a dependency's conflicts, by the name of the dependency. */
export type Resolvers = Readonly<Record<string, string>>;

/** Lets a function of ours ask these, and tells it where they are: they may stand only when deployed, so that no file can name them. */
export function useResolvers(asker: BackstopFunction, resolvers: Resolvers): void {
  if (Object.keys(resolvers).length === 0) return;
  asker.addEnvironment('RESOLVERS', Stack.of(asker).toJsonString(resolvers));
  for (const arn of new Set(Object.values(resolvers))) allow(asker, ['lambda:InvokeFunction'], arn);
}

import { Stack } from 'aws-cdk-lib';
import type { BackstopFunction } from './backstop-function.ts';
import { letReadLane } from './lane-parameters.ts';
import { allow } from './permissions.ts';

/** ARNs of the functions that resolve conflicts, by the name of their dependency. */
export type Resolvers = Readonly<Record<string, string>>;

/** Lets a worker call the resolver of its lane. Its ARN may exist only after the deployment, so no file can hold it. */
export function useResolver(worker: BackstopFunction, dependency: string, resolverArn: string | undefined): void {
  if (resolverArn === undefined) return;
  worker.addEnvironment('RESOLVERS', Stack.of(worker).toJsonString({ [dependency]: resolverArn }));
  allow(worker, ['lambda:InvokeFunction'], resolverArn);
}

/** Lets a function of all lanes call their resolvers. It reads their ARNs from the lanes' parameters. */
export function useResolvers(asker: BackstopFunction, resolvers: Resolvers): void {
  if (Object.keys(resolvers).length === 0) return;
  letReadLane(asker);
  for (const arn of new Set(Object.values(resolvers))) allow(asker, ['lambda:InvokeFunction'], arn);
}

import { Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';

const CONTEXT_KEY = 'backstop:service';

/**
 * Names a pipeline in its metrics and logs: the name of the stack, then the path of the pipeline in it. Two stages in
 * one account differ in the first, two pipelines of one stack in the second. Call it before the pipeline has children.
 */
export function nameService(pipeline: Construct): void {
  const stack = deployedStack(pipeline);
  pipeline.node.setContext(CONTEXT_KEY, stack.stackName + pipeline.node.path.slice(stack.node.path.length));
}

/** @returns the name of the pipeline around a construct */
export function serviceName(construct: IConstruct): string {
  return construct.node.tryGetContext(CONTEXT_KEY) ?? deployedStack(construct).stackName;
}

/** The stack that is deployed on its own. A nested stack has no name of its own before the deployment. */
export function deployedStack(construct: IConstruct): Stack {
  let stack = Stack.of(construct);
  while (stack.nestedStackParent) stack = stack.nestedStackParent;
  return stack;
}

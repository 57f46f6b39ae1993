import { Aspects, CfnDeletionPolicy, CfnResource, type IAspect, RemovalPolicy } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * What happens to stored failures when their stack is deleted. `keep`: tables, key and queues stay in the account, and
 * tables are protected. `destroy`: nothing stays.
 */
export type Removal = 'keep' | 'destroy';

/**
 * Lets everything below a construct go with its stack. An aspect sees each resource, those of
 * later versions included.
 */
export function destroyWithStack(scope: IConstruct): void {
  Aspects.of(scope).add(new Destroyed());
}

class Destroyed implements IAspect {
  visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node)) return;
    const { deletionPolicy = CfnDeletionPolicy.DELETE } = node.cfnOptions;
    if (deletionPolicy !== CfnDeletionPolicy.DELETE) node.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const override = PROTECTIONS.get(node.cfnResourceType);
    if (override) node.addPropertyOverride(...override);
  }
}

/** Properties that would keep a resource although its policy is to delete it. */
const PROTECTIONS: ReadonlyMap<string, readonly [property: string, value: unknown]> = new Map([
  ['AWS::DynamoDB::Table', ['DeletionProtectionEnabled', false]],
  // The shortest that KMS takes.
  ['AWS::KMS::Key', ['PendingWindowInDays', 7]],
]);

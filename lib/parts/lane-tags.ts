import { ArnFormat, Stack, Tags } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { LANE_PART_TAG, type LanePart, lanePartValue } from '../../lambdas/contract/lane-tag.ts';
import { acknowledgeWildcard, type QueueAction } from './permissions.ts';
import { serviceName } from './service-name.ts';

/*
 * A policy that lists the queues of all lanes is too long for IAM. So the resources of lanes carry a tag that says what
 * they are, and of which pipeline. Policies name the tag.
 */

/** Tags a resource of a lane for the policies of {@link allowLaneQueues} and {@link allowLaneSources}. */
export function tagLanePart(resource: IQueue | EventSourceMapping, part: LanePart): void {
  Tags.of(resource).add(LANE_PART_TAG, lanePartValue(serviceName(resource), part));
}

/** Allows actions on one queue of every lane of the pipeline. @param scope role or policy that gets the statement */
export function allowLaneQueues(
  grantee: IGrantable,
  scope: IConstruct,
  part: Exclude<LanePart, 'source'>,
  actions: readonly QueueAction[],
): void {
  const all = Stack.of(scope).formatArn({ service: 'sqs', resource: '*' });
  allowPart(grantee, scope, part, { actions: actions.map((action) => `sqs:${action}`), all });
}

/** Allows actions on the event source mapping of every lane. @param scope role or policy that gets the statement */
export function allowLaneSources(grantee: IGrantable, scope: IConstruct, actions: readonly string[]): void {
  const all = Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'event-source-mapping',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  allowPart(grantee, scope, 'source', { actions, all });
}

function allowPart(
  grantee: IGrantable,
  scope: IConstruct,
  part: LanePart,
  { actions, all }: { readonly actions: readonly string[]; readonly all: string },
): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [all],
      conditions: { StringEquals: { [`aws:ResourceTag/${LANE_PART_TAG}`]: lanePartValue(serviceName(scope), part) } },
    }),
  );
  acknowledgeWildcard(scope, all, 'The condition on the tag admits the lanes of this pipeline only.');
}

import { ArnFormat, Lazy, Stack } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { type IGroupRef, type IRole, type IUserRef, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { CORRELATION_INDEX, DEAD_INDEX, FAILURE_INDEX, PENDING_INDEX } from '../../lambdas/contract/ledger-entry.ts';
import { shown } from '../config/values.ts';
import type { IFailureStore } from '../parts/failure-store.ts';
import { lanesArns, ONE_EACH } from '../parts/lane-parameters.ts';
import { allowLaneQueues, allowLaneSources } from '../parts/lane-tags.ts';
import {
  acknowledgeWildcard,
  allow,
  allowItems,
  allowQuery,
  allowQueueKey,
  allowQueues,
  allowScan,
} from '../parts/permissions.ts';
import { linkStacks } from '../parts/stack-links.ts';
import type { OperatorFunction } from './operator-function.ts';

interface OperatorAccessProps {
  readonly store: IFailureStore;
  /** Writes for the tool. */
  readonly operator: OperatorFunction;
  /** Queues that the tool only counts, such as the rejects queue. */
  readonly counted: readonly IQueue[];
  /** Further queues whose dead letters the tool redrives and discards. @default - none */
  readonly deadLetterQueues?: readonly IQueue[];
}

/**
 * Managed policies with the permissions of the operator's tool, and no more. They allow reading, moving messages, and
 * asking the operator function for every write. Attach all of them to the role of the on-call engineer. They name the queues
 * of lanes by a tag, so their length doesn't depend on the number of dependencies.
 *
 * @example
 * import type { Role } from 'aws-cdk-lib/aws-iam';
 * declare const onCall: Role;
 * const access: OperatorAccess = pipeline.operatorAccess;
 * for (const policy of access.policies) onCall.addManagedPolicy(policy);
 */
export class OperatorAccess extends Construct {
  /** At least one; attach them all. */
  readonly policies: readonly ManagedPolicy[];

  /** @internal */
  constructor(scope: Construct, id: string, props: OperatorAccessProps) {
    super(scope, id);
    const description = "For the on-call engineer: what Backstop's command-line tool does";
    const policy = new OperatorPolicy(this, 'Policy', { description });
    this.allowWhatIsShared(policy, props);
    // With a long stack name, one policy would be too long for IAM.
    const lanes = new OperatorPolicy(this, 'Lanes', { description: `${description}, in its lanes` });
    allowLanes(lanes);
    this.policies = [policy, lanes];
  }

  /** @internal Grants read access to the dashboards, which the tool converts for Grafana. */
  allowDashboards(dashboards: readonly Dashboard[]): void {
    const [policy] = this.policies;
    if (!policy || dashboards.length === 0) return;
    // The CDK's own ARN lacks the name if CloudFormation generates it.
    const arn = ({ dashboardName: resourceName }: Dashboard) =>
      Stack.of(this).formatArn({ service: 'cloudwatch', region: '', resource: 'dashboard', resourceName });
    policy.addStatements(new PolicyStatement({ actions: ['cloudwatch:GetDashboard'], resources: dashboards.map(arn) }));
  }

  private allowWhatIsShared(policy: ManagedPolicy, props: OperatorAccessProps): void {
    const { store, operator, counted, deadLetterQueues = [] } = props;
    this.allowLookingAround(policy);
    // A principal that may write an item could also write another principal's name into it.
    allowItems(policy, store.ledger, 'GetItem');
    allowQuery(policy, store.ledger, PENDING_INDEX);
    allowQuery(policy, store.ledger, CORRELATION_INDEX);
    allowQuery(policy, store.ledger, FAILURE_INDEX);
    allowQuery(policy, store.ledger, DEAD_INDEX);
    allowItems(policy, store.circuits, 'GetItem');
    allowScan(policy, store.circuits);
    allowQuery(policy, store.audit);
    allow(policy, ['execute-api:Invoke'], operator.requestArn);
    allowQueues(policy, counted, ['GetQueueAttributes']);
    allowQueues(policy, deadLetterQueues, MOVING);
    allowQueueKey(policy, store.encryptionKey);
  }

  private allowLookingAround(policy: ManagedPolicy): void {
    const stack = Stack.of(this).formatArn({
      service: 'cloudformation',
      resource: 'stack',
      resourceName: `${Stack.of(this).stackName}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    allow(policy, ['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'], stack);
    acknowledgeWildcard(policy, stack, 'CloudFormation appends an id to the stack name');
    allow(policy, ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'sqs:ListQueues'], '*');
    acknowledgeWildcard(
      policy,
      '*',
      'Metrics have no ARN, CloudWatch lists composite alarms only with access to all alarms, and SQS lists all queues or none',
    );
  }
}

/**
 * A policy that names the construct of another stack that makes the two stacks refer to each other. The CDK's own error
 * has neither.
 */
class OperatorPolicy extends ManagedPolicy {
  /** Nothing tells the policy that a role has taken it up, so each use reports its stack at synth. */
  readonly #arn = Lazy.uncachedString({
    produce: ({ scope }) => {
      linkStacks(scope, this, `operatorAccess of ${shown(scope.node.scope?.node.path)}`);
      return super.managedPolicyArn;
    },
  });

  override get managedPolicyArn(): string {
    return this.#arn;
  }

  override attachToRole(role: IRole): void {
    linkStacks(this, role, attached(role));
    super.attachToRole(role);
  }

  override attachToUser(user: IUserRef): void {
    linkStacks(this, user, attached(user));
    super.attachToUser(user);
  }

  override attachToGroup(group: IGroupRef): void {
    linkStacks(this, group, attached(group));
    super.attachToGroup(group);
  }
}

function attached({ node }: IConstruct): string {
  return `operatorAccess, attached to ${shown(node.path)},`;
}

/** Actions to read dead letters, move them to another queue, and delete them. */
const MOVING = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'] as const;

function allowLanes(policy: ManagedPolicy): void {
  allowLaneQueues(policy, policy, 'queue', ['GetQueueAttributes', 'ListQueueTags', 'SendMessage']);
  allowLaneQueues(policy, policy, 'ordered-queue', ['GetQueueAttributes', 'ListQueueTags']);
  allowLaneQueues(policy, policy, 'dead-letters', [...MOVING, 'ListQueueTags']);
  allowLaneSources(policy, policy, ['lambda:GetEventSourceMapping']);
  const parameters = lanesArns(policy);
  for (const each of parameters) {
    allow(policy, ['ssm:GetParametersByPath'], each);
    acknowledgeWildcard(policy, each, ONE_EACH);
  }
}

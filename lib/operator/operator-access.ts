import { ArnFormat, Lazy, Stack } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { type IGroupRef, type IRole, type IUserRef, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { INCIDENTS_PREFIX, RUN_PREFIX } from '../../lambdas/contract/item-keys.ts';
import {
  CORRELATION_INDEX,
  DEAD_INDEX,
  FAILURE_INDEX,
  PENDING_INDEX,
  SHOWN_ATTRIBUTES,
} from '../../lambdas/contract/ledger-entry.ts';
import { shown } from '../config/values.ts';
import type { IFailureStore } from '../parts/failure-store.ts';
import { lanesArns, ONE_EACH } from '../parts/lane-parameters.ts';
import { allowLaneQueues, allowLaneSources } from '../parts/lane-tags.ts';
import {
  acknowledgeWildcard,
  allow,
  allowAttributesOf,
  allowItems,
  allowItemsOf,
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
 * Managed policies with the permissions of the operator's tool, and no more. They name the queues of lanes by a tag, so
 * their length doesn't depend on the number of dependencies. Each list is for one role; attach all its policies.
 *
 * @example
 * import type { Role } from 'aws-cdk-lib/aws-iam';
 * declare const onCall: Role;
 * declare const support: Role;
 * const access: OperatorAccess = pipeline.operatorAccess;
 * for (const policy of access.policies) onCall.addManagedPolicy(policy);
 * for (const policy of access.readPolicies) support.addManagedPolicy(policy);
 * onCall.addManagedPolicy(access.revealPolicy);
 */
export class OperatorAccess extends Construct {
  /**
   * For the on-call engineer. They allow reading, moving messages, and asking the operator function for every write. At
   * least one.
   */
  readonly policies: readonly ManagedPolicy[];

  /** For a role that only looks: the same reads, but it receives, moves and deletes no message. At least one. */
  readonly readPolicies: readonly ManagedPolicy[];

  /** Allows showing an operation without masks, on record, and nothing else. Attach it beside one of the lists. */
  readonly revealPolicy: ManagedPolicy;

  /** @internal */
  constructor(scope: Construct, id: string, props: OperatorAccessProps) {
    super(scope, id);
    const { operator } = props;
    const [policy, lanes] = this.pair('', "For the on-call engineer: what Backstop's command-line tool does");
    allowReading(policy, props);
    allow(policy, ['execute-api:Invoke'], operator.requestArn('act'));
    allowMoving(policy, lanes, props);
    this.policies = [policy, lanes];
    const [reader, readerLanes] = this.pair('Read', "For readers: what Backstop's command-line tool shows");
    allowReading(reader, props);
    allowCountingOf(reader, readerLanes, props);
    this.readPolicies = [reader, readerLanes];
    const description = 'Shows operations without masks, which goes on record';
    this.revealPolicy = new OperatorPolicy(this, 'Reveal', { description });
    allow(this.revealPolicy, ['execute-api:Invoke'], operator.requestArn('reveal'));
  }

  /** @internal Grants read access to the dashboards, which the tool converts for Grafana. */
  allowDashboards(dashboards: readonly Dashboard[]): void {
    if (dashboards.length === 0) return;
    // The CDK's own ARN lacks the name if CloudFormation generates it.
    const arn = ({ dashboardName: resourceName }: Dashboard) =>
      Stack.of(this).formatArn({ service: 'cloudwatch', region: '', resource: 'dashboard', resourceName });
    const statement = () =>
      new PolicyStatement({ actions: ['cloudwatch:GetDashboard'], resources: dashboards.map(arn) });
    for (const [policy] of [this.policies, this.readPolicies]) policy?.addStatements(statement());
  }

  /** With a long stack name, one policy would be too long for IAM. */
  private pair(prefix: string, description: string): readonly [ManagedPolicy, ManagedPolicy] {
    return [
      new OperatorPolicy(this, `${prefix}Policy`, { description }),
      new OperatorPolicy(this, `${prefix}Lanes`, { description: `${description}, in its lanes` }),
    ];
  }
}

function allowReading(policy: ManagedPolicy, { store, operator }: OperatorAccessProps): void {
  allowLookingAround(policy);
  // Operations stay with the operator function. A principal that may write an item could also write another principal's
  // name into it.
  allowAttributesOf(policy, store.ledger, SHOWN_ATTRIBUTES);
  allowItemsOf(policy, store.ledger, [`${INCIDENTS_PREFIX}*`, `${RUN_PREFIX}*`], 'GetItem');
  allowQuery(policy, store.ledger, PENDING_INDEX);
  allowQuery(policy, store.ledger, CORRELATION_INDEX);
  allowQuery(policy, store.ledger, FAILURE_INDEX);
  allowQuery(policy, store.ledger, DEAD_INDEX);
  allowItems(policy, store.circuits, 'GetItem');
  allowScan(policy, store.circuits);
  allowQuery(policy, store.audit);
  allow(policy, ['execute-api:Invoke'], operator.requestArn('view'));
}

function allowLookingAround(policy: ManagedPolicy): void {
  const stack = Stack.of(policy).formatArn({
    service: 'cloudformation',
    resource: 'stack',
    resourceName: `${Stack.of(policy).stackName}/*`,
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

/** Actions to count the messages of a queue. */
const COUNTING = ['GetQueueAttributes'] as const;

/** Actions to find the queues of lanes, also of those that a deployment removed. */
const FINDING = ['GetQueueAttributes', 'ListQueueTags'] as const;

function allowMoving(
  policy: ManagedPolicy,
  lanes: ManagedPolicy,
  { store, counted, deadLetterQueues = [] }: OperatorAccessProps,
): void {
  allowQueues(policy, counted, COUNTING);
  allowQueues(policy, deadLetterQueues, MOVING);
  allowQueueKey(policy, store.encryptionKey);
  allowLaneQueues(lanes, lanes, 'queue', [...FINDING, 'SendMessage']);
  allowLaneQueues(lanes, lanes, 'ordered-queue', FINDING);
  allowLaneQueues(lanes, lanes, 'dead-letters', [...MOVING, 'ListQueueTags']);
  allowLaneFacts(lanes);
}

function allowCountingOf(
  policy: ManagedPolicy,
  lanes: ManagedPolicy,
  { counted, deadLetterQueues = [] }: OperatorAccessProps,
): void {
  allowQueues(policy, [...counted, ...deadLetterQueues], COUNTING);
  for (const part of ['queue', 'ordered-queue', 'dead-letters'] as const) allowLaneQueues(lanes, lanes, part, FINDING);
  allowLaneFacts(lanes);
}

function allowLaneFacts(policy: ManagedPolicy): void {
  allowLaneSources(policy, policy, ['lambda:GetEventSourceMapping']);
  for (const each of lanesArns(policy)) {
    allow(policy, ['ssm:GetParametersByPath'], each);
    acknowledgeWildcard(policy, each, ONE_EACH);
  }
}

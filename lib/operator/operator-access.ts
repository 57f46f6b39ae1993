import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CORRELATION_INDEX, DEAD_INDEX, FAILURE_INDEX, PENDING_INDEX } from '../../lambdas/contract/ledger-entry.ts';
import type { DependencyLane } from '../lane/dependency-lane.ts';
import type { FailureStore } from '../parts/failure-store.ts';
import {
  acknowledgeWildcard,
  allow,
  allowItems,
  allowQuery,
  allowQueueKey,
  allowQueues,
  allowScan,
} from '../parts/permissions.ts';
import type { OperatorFunction } from './operator-function.ts';

interface OperatorAccessProps {
  readonly store: FailureStore;
  /** Writes for the tool. */
  readonly operator: OperatorFunction;
  /** Lanes by the name of their dependency. */
  readonly lanes: ReadonlyMap<string, DependencyLane>;
  /** Queues that the tool only counts, such as the rejects queue. */
  readonly counted: readonly IQueue[];
  /** Further queues whose dead letters the tool redrives and discards. @default - none */
  readonly deadLetterQueues?: readonly IQueue[];
}

/** IAM limits a managed policy to 6,144 characters; four lanes fit. */
const LANES_PER_POLICY = 4;

/**
 * Managed policies with the permissions of the operator's tool, and no more: to read, to move messages, and to ask the
 * {@link OperatorFunction} for every write. Attach all of them to the role of the on-call engineer. One policy covers the shared parts and the first four lanes; every four further lanes add one.
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
    const all = [...props.lanes.values()];
    const groups = Array.from({ length: Math.ceil(all.length / LANES_PER_POLICY) }, (_, at) =>
      all.slice(at * LANES_PER_POLICY, (at + 1) * LANES_PER_POLICY),
    );
    this.policies = groups.map((lanes, at) => {
      const description = "For the on-call engineer: what Backstop's command-line tool does";
      const policy = new ManagedPolicy(this, at === 0 ? 'Policy' : `Policy${at + 1}`, { description });
      if (at === 0) this.allowWhatIsShared(policy, props);
      allowLanes(policy, lanes);
      allowQueueKey(policy, props.store.encryptionKey);
      return policy;
    });
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
    // Whoever may write an item could also write another's name into it.
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
    allow(policy, ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'], '*');
    acknowledgeWildcard(
      policy,
      '*',
      'Metrics have no ARN, and CloudWatch lists composite alarms only with access to all alarms',
    );
  }
}

/** Actions to read dead letters, move them to another queue, and delete them. */
const MOVING = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'] as const;

function allowLanes(policy: ManagedPolicy, lanes: readonly DependencyLane[]): void {
  const queues = lanes.map(({ queue }) => queue);
  const ordered = lanes.flatMap(({ order }) => order?.queue ?? []);
  const deadLetters = lanes.map(({ deadLetterQueue }) => deadLetterQueue);
  allowQueues(policy, queues, ['GetQueueAttributes', 'SendMessage']);
  allowQueues(policy, ordered, ['GetQueueAttributes']);
  allowQueues(policy, deadLetters, MOVING);
  policy.addStatements(
    new PolicyStatement({
      actions: ['lambda:GetEventSourceMapping'],
      resources: lanes.map(({ source }) => source.eventSourceMappingArn),
    }),
  );
}

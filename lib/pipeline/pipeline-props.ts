import type { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { AlarmConfig } from '../config/alarm-config.ts';
import type { BackstopConfig } from '../config/dependency-config.ts';
import type { DeploymentConfig } from '../config/deployment-config.ts';
import type { ProducersConfig } from '../config/producers-config.ts';
import type { EscalationConfig } from '../escalation/escalation-config.ts';
import type { AuditArchiveConfig } from '../operator/audit-archive-config.ts';
import type { IFailureStore } from '../parts/failure-store.ts';
import type { Removal } from '../parts/removal.ts';

/**
 * The settings of a {@link ResiliencePipeline}. Only `dependencies` is required. A value out of range fails the synth
 * with a {@link ConfigError}.
 *
 * @example
 * const props: ResiliencePipelineProps = {
 *   dependencies: { payments: { kind: 'http', baseUrl: 'https://payments.example.com' } },
 *   deadline: Duration.hours(2),
 *   escalation: { emails: ['on-call@example.com'] },
 *   runbookUrl: 'https://wiki.example.com/backstop-runbook',
 * };
 * new ResiliencePipeline(stack, 'Payments', props);
 */
export interface ResiliencePipelineProps extends BackstopConfig {
  /**
   * The tables that keep failures, for this pipeline only, in its account and region. Give it a separate stack, which
   * deployments rarely touch, or import it by {@link FailureStore.fromArns}.
   *
   * @default - a new store
   */
  readonly store?: IFailureStore;

  /** How long Backstop retries a failure before it becomes a dead letter, 1 s to 23 h. @default Duration.hours(6) */
  readonly deadline?: Duration;

  /**
   * How long a conflict that no rule can settle waits for a human, 1 s to 14 days. Then the failure becomes a dead
   * letter.
   * @default Duration.days(3)
   */
  readonly decisionTimeout?: Duration;

  /**
   * Cap of the first wait between durable attempts, 1 s to 1 h in whole seconds. Each next cap is 6 times as long, at
   * most 1 h. Each wait is random, from zero up to its cap.
   * @default Duration.seconds(20)
   */
  readonly durableRetryInterval?: Duration;

  /** How long the ledger keeps a failure after its last change of state, 15 to 365 days. @default Duration.days(30) */
  readonly retention?: Duration;

  /** How often the reconciler looks for stalled failures, 1 to 60 whole minutes. @default Duration.minutes(5) */
  readonly reconcileEvery?: Duration;

  /** After how long without progress the reconciler takes up a failure, 1 s to 12 h. @default Duration.minutes(15) */
  readonly reconcileAfter?: Duration;

  /** Messages in one batch of a worker, 1 to 10; always 1 in an ordered lane. @default 5 */
  readonly batchSize?: number;

  /** The thresholds of the lanes' alarms. @default - the defaults of {@link AlarmConfig} */
  readonly alarms?: AlarmConfig;

  /** How humans hear about incidents. @default - they subscribe to the topics P1 and P2 */
  readonly escalation?: EscalationConfig;

  /**
   * Copies what operators do to an S3 bucket with object lock. The audit table has it in any case, for 400 days.
   * @default - no bucket
   */
  readonly auditArchive?: AuditArchiveConfig;

  /** Creates two dashboards: an overview with a row for each dependency, and the cost. @default true */
  readonly dashboards?: boolean;

  /** Serves `/health` and `/metrics` at a URL that takes AWS credentials. @default true */
  readonly health?: boolean;

  /** Puts the schemas of the events into a registry of EventBridge's schemas. @default false */
  readonly schemaRegistry?: boolean;

  /**
   * Keeps bodies of more than 64 KiB, up to 5 MiB, in an S3 bucket, and their events name the objects. A producer gets
   * the permission by `reportsFrom`.
   * @default false
   */
  readonly largeBodies?: boolean;

  /**
   * Keeps each operation of 2 KB or more in an item of the ledger of its own, which is written once. Functions
   * of a version that lacks this setting can't read such operations: set it to false while you deploy over one.
   * @default true
   */
  readonly separateOperations?: boolean;

  /** Address of the runbook; alarms and dead letters link its sections. @default 'docs/runbook.md' */
  readonly runbookUrl?: string;

  /**
   * What starts the operator's tool on your machines: alerts and hints begin each command with it. Set it if you
   * install the package from a private registry, a tarball or a fork.
   * @default 'npx @backstop-cdk/backstop'
   */
  readonly operatorCommand?: string;

  /** How long CloudWatch keeps the logs. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;

  /**
   * What happens when the stack is deleted. `keep`: queues, tables and the key stay in the account, with whatever
   * failures they hold. `destroy`: nothing stays; use it for stacks that come and go, such as those of a branch. Your
   * own `store` has its own `removal`.
   * @default 'keep'
   */
  readonly removal?: Removal;

  /** How new versions of functions and of the Recovery machine get their traffic. @default - at once */
  readonly deployment?: DeploymentConfig;

  /**
   * Other accounts whose producers may report failures. A dependency's `accepts.accounts` narrows it.
   * @default - nobody but producers of this account, and whom `reportsFrom` admits
   */
  readonly producers?: ProducersConfig;

  /**
   * The VPC in which the functions run that call dependencies. They then need a way to AWS and to the dependencies: a
   * NAT gateway, or endpoints. Synth names the endpoints if the subnets are isolated.
   * @default - outside of any VPC, with access to the internet
   */
  readonly vpc?: IVpc;

  /** The subnets of these functions, in `vpc`. @default - its private subnets */
  readonly subnets?: SubnetSelection;

  /** The security groups of these functions. @default - a new one, which lets every call out */
  readonly securityGroups?: readonly ISecurityGroup[];

  /** @internal Folder of the handlers. @default - the folder of this package */
  readonly handlers?: string;
}

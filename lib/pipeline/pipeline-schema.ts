import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';
import { TOOL } from '../../lambdas/contract/command-line.ts';
import { DEFAULT_EXCERPT, DEFAULT_RETENTION_MS } from '../../lambdas/contract/limits.ts';
import { DAY_MS } from '../../lambdas/contract/time.ts';
import { alarms } from '../config/alarm-schema.ts';
import { batchSize, excerptLength, operatorCommand, removal } from '../config/common-schema.ts';
import type { BackstopConfig } from '../config/dependency-config.ts';
import { producers } from '../config/producers-schema.ts';
import { defaulted, optional, type Rule, settings } from '../config/schema.ts';
import { anything, duration, inWhole, text, trueOrFalse } from '../config/values.ts';
import { escalation } from '../escalation/escalation-schema.ts';
import { auditArchive } from '../operator/audit-archive-schema.ts';
import type { IFailureStore } from '../parts/failure-store.ts';

export const DEFAULT_DEADLINE = Duration.hours(6);
export const MAX_DEADLINE = Duration.hours(23);

const placesNeedVpc: Rule = {
  *check({ vpc, subnets, securityGroups }) {
    if (vpc !== undefined) return;
    if (subnets !== undefined) yield ['subnets', 'must be omitted without vpc'];
    if (securityGroups !== undefined) yield ['securityGroups', 'must be omitted without vpc'];
  },
  wrong: [{ subnets: {}, securityGroups: [] }],
};

const archiveStays: Rule = {
  *check({ auditArchive: archive, removal: whatStays }) {
    if (whatStays !== 'destroy' || archive === undefined) return;
    yield [
      'removal',
      "must be 'keep' with auditArchive (nobody deletes locked objects before their time), got 'destroy'",
    ];
  },
  wrong: [{ removal: 'destroy', auditArchive: {} }],
};

const deployment = settings({
  canary: defaulted(
    false,
    trueOrFalse,
    'Give a new version a tenth of the traffic for ten minutes, then all. [Alarms take it back](changes.md#canary)',
  ),
});

export const pipeline = settings(
  {
    dependencies: anything<BackstopConfig['dependencies']>(),
    store: v.optional(anything<IFailureStore>()),
    deadline: defaulted(
      DEFAULT_DEADLINE,
      duration(Duration.seconds(1), MAX_DEADLINE, { most: 'an undo may take as long as the attempts' }),
      'How long Backstop retries a failure, `Retry-After` included. The [undo](events.md#undo-of-completed-steps) of completed steps then has the same time again',
    ),
    decisionTimeout: defaulted(
      Duration.days(3),
      inWhole('seconds', duration(Duration.seconds(1), Duration.days(14)), 'the unit of Step Functions timeouts'),
      'How long a conflict that no rule can settle waits for a human. Then the failure becomes a dead letter',
    ),
    durableRetryInterval: defaulted(
      Duration.seconds(20),
      inWhole('seconds', duration(Duration.seconds(1), Duration.hours(1)), 'the unit of Step Functions retries'),
      "Cap of the Recovery machine's first wait, which is random below it. Each next cap is 6 times as long, at most 1 h",
    ),
    retention: defaulted(
      Duration.days(DEFAULT_RETENTION_MS / DAY_MS),
      duration(Duration.days(15), Duration.days(365), { least: 'dead-letter queues keep messages for 14 days' }),
      'How long the ledger keeps a failure after its last change',
    ),
    reconcileEvery: defaulted(
      Duration.minutes(5),
      inWhole('minutes', duration(Duration.minutes(1), Duration.hours(1)), 'the unit of EventBridge schedules'),
      'Interval of the reconciler',
    ),
    reconcileAfter: defaulted(
      Duration.minutes(15),
      duration(Duration.seconds(1), Duration.hours(12)),
      'How long a failure may make no progress before the reconciler acts',
    ),
    batchSize,
    excerpt: defaulted(
      DEFAULT_EXCERPT,
      excerptLength,
      'Characters of the [masked excerpt](events.md#the-excerpt-of-an-error) of an error that ledger, tool and alerts show; 0 for none. Applies to each dependency without its own',
    ),
    alarms: defaulted({}, alarms, 'Thresholds of alarms'),
    escalation: defaulted({}, escalation, 'How to notify humans', { absent: 'none: subscribe to the topics yourself' }),
    auditArchive: optional(auditArchive, 'Copy the [audit log](operating.md#audit) to an S3 bucket with object lock', {
      absent: 'no bucket',
    }),
    dashboards: defaulted(
      true,
      trueOrFalse,
      'Create CloudWatch dashboards: an overview with a row for each dependency, and the cost',
    ),
    health: defaulted(true, trueOrFalse, 'Serve [`/health` and `/metrics`](health.md) to callers with AWS credentials'),
    schemaRegistry: defaulted(
      false,
      trueOrFalse,
      "Put the [schemas of the events](events.md#json-schema) into a registry of EventBridge's schemas",
    ),
    largeBodies: defaulted(
      false,
      trueOrFalse,
      'Keep [bodies that are too large for an event](reporting.md#large-bodies), up to 5 MiB, in an S3 bucket',
    ),
    separateOperations: defaulted(
      true,
      trueOrFalse,
      'Keep each operation of 2 KB or more in an item of the ledger of its own, which is [written once](costs.md#what-it-costs). [Set it to false for the first deployment](changes.md#operations-in-items-of-their-own) over a version that lacks it',
    ),
    runbookUrl: defaulted(
      'docs/runbook.md',
      text,
      'Where your team reads the runbook. Alarms and dead letters link its sections',
    ),
    operatorCommand: defaulted(
      TOOL,
      operatorCommand,
      "What starts [the operator's tool](operating.md#install-it) on your machines. Alerts and hints begin each command with it",
    ),
    logRetention: defaulted(
      RetentionDays.ONE_MONTH,
      anything<RetentionDays>('`RetentionDays` of `aws-cdk-lib/aws-logs`'),
      'How long to keep logs',
      { absent: '`RetentionDays.ONE_MONTH`' },
    ),
    removal,
    deployment: defaulted({}, deployment, 'How new versions get their traffic', { absent: 'at once' }),
    producers: optional(producers, 'Who may report failures from [other accounts](accounts.md)', { absent: 'nobody' }),
    vpc: optional(
      anything<IVpc>('`IVpc` of `aws-cdk-lib/aws-ec2`'),
      'The [VPC](network.md) of the functions that call dependencies',
      {
        absent: 'none',
      },
    ),
    subnets: optional(anything<SubnetSelection>('`SubnetSelection`'), 'Their subnets', { absent: 'private subnets' }),
    securityGroups: optional(
      anything<readonly ISecurityGroup[]>('array of `ISecurityGroup`'),
      'Their security groups',
      { absent: 'a new one, which lets every call out' },
    ),
    handlers: v.optional(text),
  },
  archiveStays,
  placesNeedVpc,
);

/** The settings of a pipeline, with every default filled in. */
export type PipelineSettings = v.InferOutput<typeof pipeline>;

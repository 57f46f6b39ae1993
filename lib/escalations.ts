import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** Sections of the runbook, by their anchors. */
export type RunbookSection =
  | 'lane-dead-letters'
  | 'lane-backlog'
  | 'resource-backlog'
  | 'rejected-events'
  | 'last-resort'
  | 'parked-letters'
  | 'recovery-executions-failed'
  | 'publisher-errors'
  | 'circuit-store-unreachable'
  | 'contended-resources'
  | 'decision-needed'
  | 'undo-incomplete';

export interface EscalationsProps {
  readonly encryptionKey: IKey;
  /** Where the runbook is to be read. */
  readonly runbookUrl: string;
}

export interface EscalationProps {
  /** What is the matter, as a human reads it. */
  readonly summary: string;
  readonly section: RunbookSection;
  readonly metric: IMetric;
  /** Value from which on a human is told. @default 1 */
  readonly threshold?: number;
}

/** Over which time the metrics of alarms are taken. */
export const ALARM_PERIOD = Duration.minutes(1);

/** Tells humans by a topic that they subscribe to. Each alarm says what is the matter and links the runbook. */
export class Escalations extends Construct {
  readonly topic: Topic;
  readonly runbookUrl: string;

  constructor(scope: Construct, id: string, { encryptionKey, runbookUrl }: EscalationsProps) {
    super(scope, id);
    this.runbookUrl = runbookUrl;
    this.topic = new Topic(this, 'Topic', { masterKey: encryptionKey, enforceSSL: true });
    // A topic with a policy of its own has none of the permissions that one without has.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
  }

  /** Where a section of the runbook is to be read. */
  linkTo(section: RunbookSection): string {
    return `${this.runbookUrl}#${section}`;
  }

  /** Tells when the metric reaches the threshold, and when it is below again. */
  alarm(scope: Construct, id: string, { summary, section, metric, threshold = 1 }: EscalationProps): Alarm {
    const alarm = new Alarm(scope, id, {
      alarmDescription: `${summary} What to do: ${this.linkTo(section)}`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // Queues and functions that have nothing to do report nothing.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}

import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Anchors of the runbook's sections. */
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
  | 'undo-incomplete'
  | 'alerts-undelivered'
  | 'dependency-in-trouble'
  | 'backstop-in-trouble'
  | 'lane-growing'
  | 'lane-concurrency'
  | 'circuit-open'
  | 'slow-calls'
  | 'worker-errors'
  | 'handler-failed'
  | 'unusual-volume'
  | 'outbox-lag'
  | 'reconciler-silent'
  | 'reports-waiting'
  | 'memory';

interface EscalationsProps {
  readonly encryptionKey: IKey;
  /** Keeps an alert that the topic refuses. */
  readonly lastResort: IQueue;
  /** Address of the runbook. */
  readonly runbookUrl: string;
  /** What starts the operator's tool. */
  readonly operatorCommand: string;
}

interface EscalationProps {
  /** What is wrong, as a human reads it. */
  readonly summary: string;
  readonly section: RunbookSection;
  readonly metric: IMetric;
  /** The alarm rings when the metric reaches this value. @default 1 */
  readonly threshold?: number;
  /** The affected dependency. @default - Backstop itself */
  readonly dependency?: string;
  /** Urgency: `P1` wakes someone, `P2` waits until the morning. @default 'P2' */
  readonly priority?: Urgency;
}

/** Urgency of an alert. */
export type Urgency = 'P1' | 'P2';

export const ALARM_PERIOD: Duration = Duration.minutes(1);

/**
 * The topics that alert humans. Humans subscribe to the topic of a priority, and get one message for each incident: P1
 * wakes someone, P2 waits for the morning.
 *
 * @example
 * import { SmsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
 * const escalations: Escalations = pipeline.escalations;
 * escalations.humans.P1.addSubscription(new SmsSubscription('+15550100'));
 */
export class Escalations extends Construct {
  /** @internal Takes signals, of which the notifier makes incidents: alarms, and messages of state machines. */
  readonly topic: Topic;
  /** The topics that humans subscribe to, by priority. */
  readonly humans: Readonly<Record<Urgency, Topic>>;
  /** @internal */
  readonly runbookUrl: string;
  /** @internal What starts the operator's tool. */
  readonly operatorCommand: string;
  /** @internal Keeps an alert that the topic refuses. */
  readonly lastResort: IQueue;

  /** @internal */
  constructor(scope: Construct, id: string, props: EscalationsProps) {
    super(scope, id);
    const { encryptionKey, runbookUrl, operatorCommand, lastResort } = props;
    this.runbookUrl = runbookUrl;
    this.operatorCommand = operatorCommand;
    this.lastResort = lastResort;
    const topic = (name: string) => topicForAlarms(this, name, encryptionKey);
    this.topic = topic('Topic');
    this.humans = { P1: topic('P1'), P2: topic('P2') };
  }

  /** @internal Returns the address of a section of the runbook. */
  linkTo(section: RunbookSection): string {
    return `${this.runbookUrl}#${section}`;
  }

  /** @internal Formats the text of an alarm: for humans, and in fixed words that the notifier parses. */
  describe({ summary, section, dependency, priority = 'P2' }: Omit<EscalationProps, 'metric' | 'threshold'>): string {
    const about = dependency === undefined ? '' : ` Dependency: ${dependency}.`;
    return `${summary}${about} Priority: ${priority}. What to do: ${this.linkTo(section)}`;
  }

  /**
   * @internal Creates an alarm that signals the notifier when the metric reaches the threshold and when it falls below.
   */
  alarm(scope: Construct, id: string, props: EscalationProps): Alarm {
    return this.alarmTo(this.topic, scope, id, props);
  }

  /** @internal Alerts humans without the notifier, for failures of the notifier itself. */
  alarmHumans(scope: Construct, id: string, props: EscalationProps): Alarm {
    return this.alarmTo(this.humans.P1, scope, id, { priority: 'P1', ...props });
  }

  private alarmTo(topic: Topic, scope: Construct, id: string, props: EscalationProps): Alarm {
    const { metric, threshold = 1 } = props;
    const alarm = new Alarm(scope, id, {
      alarmDescription: this.describe(props),
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // Idle queues and functions report no data.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}

/** A topic policy replaces the default permissions, so CloudWatch needs a statement. */
function topicForAlarms(scope: Construct, id: string, masterKey: IKey): Topic {
  const topic = new Topic(scope, id, { masterKey, enforceSSL: true });
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  return topic;
}

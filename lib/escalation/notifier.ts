import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Subscription, SubscriptionProtocol } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CIRCUIT_CHANGED, EVENT_SOURCE, OPERATOR_ACTED } from '../../lambdas/contract/events.ts';
import { DEAD_INDEX, PENDING_INDEX } from '../../lambdas/contract/ledger-entry.ts';
import { OUTCOME_FACTS } from '../../lambdas/contract/outcomes.ts';
import { BackstopFunction } from '../parts/backstop-function.ts';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { ALARM_PERIOD } from '../parts/escalations.ts';
import { queueTarget } from '../parts/event-delivery.ts';
import {
  allow,
  allowAttributesOf,
  allowHide,
  allowItemsOf,
  allowPublish,
  allowQuery,
  allowReceive,
  allowWildcard,
  secretArn,
} from '../parts/permissions.ts';
import { serviceName } from '../parts/service-name.ts';
import type { SharedParts } from '../parts/shared-parts.ts';
import { type EscalationConfig, opsgenieUrl, pagerDutyUrl } from './escalation-config.ts';

interface NotifierProps
  extends Pick<SharedParts, 'code' | 'store' | 'outcomes' | 'escalations' | 'runbookUrl' | 'logRetention'> {
  readonly escalation: EscalationConfig;
}

/** Deliveries of a signal, 15 s apart, before it moves to the undelivered queue, whose alarm reports it. */
const MAX_RECEIVE_COUNT = 40;
const TIMEOUT = Duration.seconds(30);
/** Age of the oldest signal that sets off the alarm. */
const SIGNAL_PATIENCE = Duration.minutes(5);

/**
 * Groups signals with one cause into one incident. Alerts humans once when it starts, and once when it ends.
 *
 * Alerts that fail move to a separate queue, whose alarm bypasses the notifier.
 */
export class Notifier extends Construct {
  readonly function: BackstopFunction;
  /** Signals that wait for the notifier: alarms, dead letters, circuit changes and actions of operators. */
  readonly queue: Queue;
  /** Signals that the notifier could not deliver. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: NotifierProps) {
    super(scope, id);
    const { encryptionKey } = props.store;
    this.undelivered = new BackstopQueue(this, 'Undelivered', { encryptionKey });
    this.queue = new BackstopQueue(this, 'Signals', {
      encryptionKey,
      visibilityTimeout: Duration.seconds(6 * TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: this.undelivered, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    this.takeSignals(props);
    this.function = this.createFunction(props);
    new EventSourceMapping(this, 'Source', {
      target: this.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
    this.subscribe(props);
    this.addAlarms(props);
  }

  private takeSignals({ outcomes, escalations: { topic } }: NotifierProps): void {
    new Rule(this, 'Rule', {
      description: 'Signals that may alert humans',
      eventBus: outcomes,
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: [OUTCOME_FACTS['dead-lettered'].event, CIRCUIT_CHANGED, OPERATOR_ACTED],
      },
      targets: [queueTarget(this.queue, { deadLetterQueue: this.undelivered })],
    });
    const { recovered, resolved, degraded, compensated, discarded } = OUTCOME_FACTS;
    new Rule(this, 'EndRule', {
      description: 'Ends of failures that may have waited for a human',
      eventBus: outcomes,
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: [recovered, resolved, degraded, compensated, discarded].map(({ event }) => event),
        detail: { conflict: [{ exists: true }] },
      },
      targets: [queueTarget(this.queue, { deadLetterQueue: this.undelivered })],
    });
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('sns.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': topic.topicArn } },
      }),
    );
    new Subscription(this, 'Topic', {
      topic,
      protocol: SubscriptionProtocol.SQS,
      endpoint: this.queue.queueArn,
      // SNS drops what the queue refuses, unless the subscription has a dead-letter queue.
      deadLetterQueue: this.undelivered,
    });
  }

  private createFunction(props: NotifierProps): BackstopFunction {
    const { code, store, escalations, runbookUrl, logRetention, escalation } = props;
    const { pagerDuty, teams, slack, webhook, opsgenie, opsItems = false } = escalation;
    const { P1, P2 } = escalations.humans;
    const { stackName: stack, account, region } = Stack.of(this);
    const settings = {
      stack,
      service: serviceName(this),
      account,
      region,
      operatorCommand: escalations.operatorCommand,
      runbookUrl,
      topics: { P1: P1.topicArn, P2: P2.topicArn },
      pagerDuty: pagerDuty && { secretName: pagerDuty.secretName, url: pagerDutyUrl(pagerDuty) },
      teams,
      slack,
      webhook,
      opsgenie: opsgenie && { secretName: opsgenie.secretName, url: opsgenieUrl(opsgenie) },
      opsItems,
    };
    const notifier = new BackstopFunction(this, 'Function', {
      code,
      handler: 'notifier',
      description: 'Turns signals into incidents and alerts humans once per incident',
      timeout: TIMEOUT,
      environment: {
        LEDGER_TABLE: store.ledger.tableName,
        ALERTS_QUEUE_URL: this.queue.queueUrl,
        ESCALATION: Stack.of(this).toJsonString(settings),
      },
      encryptionKey: store.encryptionKey,
      logRetention,
    });
    allowReceive(notifier, this.queue);
    allowHide(notifier, this.queue);
    allowItemsOf(notifier, store.ledger, ['incidents#*'], 'GetItem', 'UpdateItem');
    allowAttributesOf(notifier, store.ledger, ['id', 'excerpt']);
    for (const index of [PENDING_INDEX, DEAD_INDEX]) allowQuery(notifier, store.ledger, index);
    if (opsItems) allowItemsOf(notifier, store.ledger, ['ticket#*'], 'GetItem', 'PutItem');
    for (const topic of [P1, P2]) allowPublish(notifier, topic);
    for (const { secretName } of [pagerDuty, teams, slack, webhook, opsgenie].filter((each) => each !== undefined)) {
      allow(notifier, ['secretsmanager:GetSecretValue'], secretArn(this, secretName));
    }
    if (opsItems) this.allowTickets(notifier);
    return notifier;
  }

  private allowTickets(notifier: BackstopFunction): void {
    const resource = Stack.of(this).formatArn({
      service: 'ssm',
      resource: 'opsitem',
      resourceName: '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const reason = 'OpsItems get their ids when they are created.';
    allowWildcard(notifier.serviceRole, ['ssm:UpdateOpsItem'], resource, reason);
    allowWildcard(notifier.serviceRole, ['ssm:CreateOpsItem'], '*', reason);
  }

  private subscribe({ escalation: { emails = [] }, escalations: { humans } }: NotifierProps): void {
    for (const [priority, topic] of Object.entries(humans)) {
      for (const [index, endpoint] of emails.entries()) {
        new Subscription(this, `Mail${priority}${index + 1}`, {
          topic,
          protocol: SubscriptionProtocol.EMAIL,
          endpoint,
        });
      }
    }
  }

  /** These alarms bypass the notifier, because the notifier may be the cause. */
  private addAlarms({ escalations }: NotifierProps): void {
    escalations.alarmHumans(this, 'UndeliveredAlarm', {
      summary: 'Backstop could not deliver alerts: they wait in the undelivered-alerts queue.',
      section: 'alerts-undelivered',
      metric: this.undelivered.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
    });
    escalations.alarmHumans(this, 'LateAlarm', {
      summary: 'Alerts are late: signals wait for the notifier.',
      section: 'alerts-undelivered',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: ALARM_PERIOD }),
      threshold: SIGNAL_PATIENCE.toSeconds(),
    });
  }
}

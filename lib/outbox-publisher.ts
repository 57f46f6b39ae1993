import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { BackstopFunction } from './backstop-function.ts';
import { ALARM_PERIOD, type Escalations } from './escalations.ts';
import { allow, allowItems, allowSend, allowStream, streamArn } from './permissions.ts';
import { ledgerFunction, type SharedParts } from './shared-parts.ts';

export interface OutboxPublisherProps extends SharedParts {
  /** Is told which records of the stream were given up. */
  readonly lastResort: IQueue;
}

/** Publishes what the ledger's outboxes hold, as its stream reports it. */
export class OutboxPublisher extends Construct {
  readonly function: BackstopFunction;

  constructor(scope: Construct, id: string, props: OutboxPublisherProps) {
    super(scope, id);
    this.function = this.createFunction(props);
    this.publishFromTheStream(props);
    this.addAlarms(props.escalations);
  }

  private createFunction(props: OutboxPublisherProps): BackstopFunction {
    const { store, bus, lastResort } = props;
    const publisher = ledgerFunction(this, 'Function', props, {
      handler: 'publisher',
      description: 'Publishes outcomes from the outbox',
      timeout: Duration.seconds(30),
      environment: { EVENT_BUS_NAME: bus.eventBusName },
    });
    allowStream(publisher, store.ledger);
    allowItems(publisher, store.ledger, 'UpdateItem');
    allow(publisher, ['events:PutEvents'], bus.eventBusArn);
    allowSend(publisher, lastResort);
    return publisher;
  }

  private publishFromTheStream({ store, lastResort }: OutboxPublisherProps): void {
    new EventSourceMapping(this, 'Source', {
      target: this.function,
      eventSourceArn: streamArn(store.ledger),
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 50,
      filters: [
        FilterCriteria.filter({
          dynamodb: { NewImage: { outbox: { M: { eventId: { S: FilterRule.exists() } } } } },
        }),
      ],
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // By then the reconciler has published it.
      maxRecordAge: Duration.hours(1),
      onFailure: { bind: () => ({ destination: lastResort.queueArn }) },
    });
  }

  private addAlarms(escalations: Escalations): void {
    escalations.alarm(this, 'ErrorsAlarm', {
      summary: 'The publisher of outcomes fails.',
      section: 'publisher-errors',
      metric: this.function.metricErrors({ period: ALARM_PERIOD }),
    });
    escalations.alarm(this, 'LateAlarm', {
      summary: 'Outcomes are published late.',
      section: 'publisher-errors',
      metric: this.function.metric('IteratorAge', { period: ALARM_PERIOD, statistic: 'Maximum' }),
      threshold: Duration.minutes(5).toMilliseconds(),
    });
  }
}

import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { allowItems, allowSend, allowStream, streamArn } from '../parts/permissions.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';

interface OutboxPublisherProps extends SharedParts {
  /** Keeps the position of stream records that Lambda gave up. */
  readonly lastResort: IQueue;
}

/** Publishes the outboxes of ledger and circuits as their streams report changes. */
export class OutboxPublisher extends Construct {
  readonly function: BackstopFunction;

  constructor(scope: Construct, id: string, props: OutboxPublisherProps) {
    super(scope, id);
    this.function = this.createFunction(props);
    this.publishFrom('Source', props.store.ledger, props.lastResort);
    this.publishFrom('CircuitSource', props.store.circuits, props.lastResort);
  }

  private createFunction(props: OutboxPublisherProps): BackstopFunction {
    const { store, outcomes, lastResort } = props;
    const publisher = ledgerFunction(this, 'Function', props, {
      handler: 'publisher',
      description: 'Publishes outcomes and circuit changes from the outbox',
      timeout: Duration.seconds(30),
      environment: { EVENT_BUS_NAME: outcomes.eventBusName },
    });
    for (const table of [store.ledger, store.circuits]) {
      allowStream(publisher, table);
      allowItems(publisher, table, 'GetItem', 'UpdateItem');
    }
    outcomes.letSpeak(publisher);
    allowSend(publisher, lastResort);
    return publisher;
  }

  private publishFrom(id: string, table: ITable, lastResort: IQueue): void {
    new EventSourceMapping(this, id, {
      target: this.function,
      eventSourceArn: streamArn(table),
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 50,
      filters: [
        FilterCriteria.filter({
          dynamodb: { NewImage: { outbox: { M: { eventId: { S: FilterRule.exists() } } } } },
        }),
      ],
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // After an hour the reconciler has published the outcome, and a circuit change is out of date.
      maxRecordAge: Duration.hours(1),
      onFailure: { bind: () => ({ destination: lastResort.queueArn }) },
    });
  }
}

import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { queueOf } from '../parts/call-permissions.ts';
import { allowReceive, allowSend } from '../parts/permissions.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';

interface AdoptedQueueProps extends SharedParts {
  readonly settings: DependencySettings;
  /** The lane queue that receives the failures. */
  readonly lane: IQueue;
  /** Keeps the messages that Backstop can't accept. */
  readonly rejects: IQueue;
  /** Your dead-letter queue, in the account and region of Backstop. */
  readonly source: { readonly queueArn: string; readonly keyArn?: string };
}

/** At most the visibility timeout of your queue, which Backstop doesn't know. The SQS default is 30 s. */
const TIMEOUT = Duration.seconds(15);
const BATCH_SIZE = 10;
/** The SQS minimum. A backlog of dead letters is not urgent. */
const MAX_CONCURRENCY = 2;

/** Moves the messages of your dead-letter queue into a lane. */
export class AdoptedQueue extends Construct {
  readonly adopter: BackstopFunction;

  constructor(scope: Construct, id: string, props: AdoptedQueueProps) {
    super(scope, id);
    const { settings, lane, rejects, source } = props;
    this.adopter = ledgerFunction(this, 'Adopter', props, {
      handler: 'adopter',
      permissionsInRole: true,
      description: `Adopts failures of ${settings.name} from your dead-letter queue`,
      timeout: TIMEOUT,
      environment: {
        DEPENDENCY: settings.name,
        LANE_QUEUE_URL: lane.queueUrl,
        REJECTS_QUEUE_URL: rejects.queueUrl,
      },
    });
    allowReceive(this.adopter, queueOf(this.adopter, 'SourceKey', source.queueArn, source.keyArn));
    allowSend(this.adopter, lane);
    allowSend(this.adopter, rejects);
    new EventSourceMapping(this, 'Source', {
      target: this.adopter,
      eventSourceArn: source.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency: MAX_CONCURRENCY,
      reportBatchItemFailures: true,
    });
  }
}

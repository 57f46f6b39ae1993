import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { queueOf } from '../parts/call-permissions.ts';
import { allowReceive, allowSend } from '../parts/permissions.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';

export interface AdoptedQueueProps extends SharedParts {
  readonly settings: DependencySettings;
  /** Where the failures go. */
  readonly lane: IQueue;
  /** Keeps what can't be accepted. */
  readonly rejects: IQueue;
  /** A dead-letter queue of the team's own, in the account and region of Backstop. */
  readonly source: { readonly queueArn: string; readonly keyArn?: string };
}

/** At most the visibility timeout of the queue, of which nothing is known: SQS's default is twice as long. */
const TIMEOUT = Duration.seconds(15);
const BATCH_SIZE = 10;
/** The least that SQS can limit to: nobody waits for what is dead already. */
const MAX_CONCURRENCY = 2;

/** Takes the messages of a dead-letter queue that is not Backstop's into a lane, by a function of its own. */
export class AdoptedQueue extends Construct {
  readonly adopter: BackstopFunction;

  constructor(scope: Construct, id: string, props: AdoptedQueueProps) {
    super(scope, id);
    const { settings, lane, rejects, source } = props;
    this.adopter = ledgerFunction(this, 'Adopter', props, {
      handler: 'adopter',
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

import { Duration, Stack } from 'aws-cdk-lib';
import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PENDING_INDEX } from '../../lambdas/contract/ledger-entry.ts';
import type { DependencyLane } from '../lane/dependency-lane.ts';
import { BackstopFunction } from '../parts/backstop-function.ts';
import { letListLanes } from '../parts/lane-parameters.ts';
import { allowCounting, allowQuery, allowScan, letUse } from '../parts/permissions.ts';
import type { SharedParts } from '../parts/shared-parts.ts';

interface HealthProps extends Pick<SharedParts, 'code' | 'store' | 'logRetention'> {
  readonly lanes: ReadonlyMap<string, DependencyLane>;
  /** Queues that all lanes share, by their names in metrics. */
  readonly queues: Readonly<Record<string, IQueue>>;
}

/**
 * Serves `GET /health` and `GET /metrics` on a function URL that requires AWS credentials (`lambda:InvokeFunctionUrl`).
 */
export class Health extends Construct {
  /** @internal */
  readonly function: BackstopFunction;
  /** Serves `/health` and `/metrics` to callers with AWS credentials. */
  readonly url: FunctionUrl;

  /** @internal */
  constructor(scope: Construct, id: string, { code, store, logRetention, lanes, queues }: HealthProps) {
    super(scope, id);
    const urls = Object.entries(queues).map(([name, { queueUrl }]) => [name, queueUrl]);
    this.function = new BackstopFunction(this, 'Function', {
      code,
      handler: 'health',
      description: 'Reports circuits and queues at /health and /metrics',
      timeout: Duration.seconds(10),
      environment: {
        CIRCUITS_TABLE: store.circuits.tableName,
        LEDGER_TABLE: store.ledger.tableName,
        SHARED_QUEUES: Stack.of(this).toJsonString(Object.fromEntries(urls)),
      },
      encryptionKey: store.encryptionKey,
      logRetention,
    });
    allowScan(this.function, store.circuits);
    allowQuery(this.function, store.ledger, PENDING_INDEX);
    for (const queue of Object.values(queues)) allowCounting(this.function, queue);
    letListLanes(this.function);
    const { serviceRole } = this.function;
    for (const queue of [...lanes.values()].flatMap(queuesOf)) letUse(queue, serviceRole, ['GetQueueAttributes']);
    this.url = this.function.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
  }
}

function queuesOf({ queue, deadLetterQueue, order }: DependencyLane): readonly IQueue[] {
  return [queue, deadLetterQueue, ...(order ? [order.queue] : [])];
}

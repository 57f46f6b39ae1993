import { Duration, Stack } from 'aws-cdk-lib';
import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PENDING_INDEX } from '../../lambdas/contract/ledger-entry.ts';
import type { DependencyLane } from '../lane/dependency-lane.ts';
import { BackstopFunction } from '../parts/backstop-function.ts';
import { allowCounting, allowQuery, allowScan } from '../parts/permissions.ts';
import type { SharedParts } from '../parts/shared-parts.ts';

interface HealthProps extends Pick<SharedParts, 'code' | 'store' | 'logRetention'> {
  readonly lanes: ReadonlyMap<string, DependencyLane>;
  /** Queues that all lanes share, by their names in metrics. */
  readonly queues: Readonly<Record<string, IQueue>>;
}

/** A Lambda environment holds 4 KB. */
const MOST_LANES = 12;

/**
 * Serves `GET /health` and `GET /metrics` on a function URL that requires AWS credentials (`lambda:InvokeFunctionUrl`).
 *
 * With more than 12 lanes, `/metrics` reports circuits and shared queues only. CloudWatch has the depths of the lanes.
 */
export class Health extends Construct {
  /** @internal */
  readonly function: BackstopFunction;
  /** Serves `/health` and `/metrics` to callers with AWS credentials. */
  readonly url: FunctionUrl;

  /** @internal */
  constructor(scope: Construct, id: string, { code, store, logRetention, lanes, queues }: HealthProps) {
    super(scope, id);
    const ofLanes = lanes.size > MOST_LANES ? [] : [...lanes].flatMap(([lane, parts]) => queuesOf(lane, parts));
    const all = [...ofLanes, ...Object.entries(queues).map(([name, queue]) => ({ name, queue, lane: undefined }))];
    this.function = new BackstopFunction(this, 'Function', {
      code,
      handler: 'health',
      description: 'Reports circuits and queues at /health and /metrics',
      timeout: Duration.seconds(10),
      environment: {
        CIRCUITS_TABLE: store.circuits.tableName,
        LEDGER_TABLE: store.ledger.tableName,
        QUEUES: Stack.of(this).toJsonString(
          all.map(({ lane, name, queue }) => ({ lane, queue: name, url: queue.queueUrl })),
        ),
      },
      encryptionKey: store.encryptionKey,
      logRetention,
    });
    allowScan(this.function, store.circuits);
    allowQuery(this.function, store.ledger, PENDING_INDEX);
    for (const { queue } of all) allowCounting(this.function, queue);
    this.url = this.function.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
  }
}

function queuesOf(lane: string, { queue, deadLetterQueue, order }: DependencyLane) {
  return [
    { lane, name: 'lane', queue },
    { lane, name: 'dead-letters', queue: deadLetterQueue },
    ...(order ? [{ lane, name: 'ordered', queue: order.queue }] : []),
  ];
}

import { Duration } from 'aws-cdk-lib';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { OPERATION_FAILED, UNROUTABLE } from '../../lambdas/contract/events.ts';
import { BackstopFunction } from '../parts/backstop-function.ts';
import { afterDelivery, DELIVERY, queueTarget } from '../parts/event-delivery.ts';
import { allowSend } from '../parts/permissions.ts';
import type { SharedParts } from '../parts/shared-parts.ts';

interface UnroutableEventsProps extends Pick<SharedParts, 'bus' | 'code' | 'store' | 'logRetention'> {
  /** Names of all dependencies. */
  readonly lanes: readonly string[];
  readonly rejects: IQueue;
  /** Keeps the events that the rejects queue or the function refuses. */
  readonly lastResort: IQueue;
}

/** EventBridge accepts patterns of at most 2,048 characters. The rest of this one needs fewer than 150. */
const LONGEST_LIST = 1_900;

/**
 * Sends events without a known dependency to the rejects queue. No lane's rule matches them, so EventBridge would drop
 * them silently. If one event pattern can't list all dependencies, a function looks at each event.
 */
export function rejectWhatNamesNoLane(scope: Construct, props: UnroutableEventsProps): void {
  if (JSON.stringify(props.lanes).length <= LONGEST_LIST) rejectByPattern(scope, props);
  else rejectByFunction(new Construct(scope, 'Unroutable'), props);
}

function rejectByPattern(scope: Construct, { bus, lanes, rejects, lastResort }: UnroutableEventsProps): void {
  const inputTemplate = `{"reason":${JSON.stringify(UNROUTABLE)},"event":<aws.events.event.json>}`;
  new Rule(scope, 'UnroutableRule', {
    description: 'Failures without a registered dependency',
    eventBus: bus,
    eventPattern: {
      detailType: [OPERATION_FAILED],
      detail: { $or: [{ dependency: Match.anythingBut(...lanes) }, { dependency: Match.doesNotExist() }] },
    },
    targets: [queueTarget(rejects, { deadLetterQueue: lastResort, inputTemplate })],
  });
}

function rejectByFunction(scope: Construct, props: UnroutableEventsProps): void {
  const { bus, code, store, logRetention, rejects, lastResort } = props;
  const fn = new BackstopFunction(scope, 'Function', {
    code,
    handler: 'unroutable',
    description: 'Keeps events without a registered dependency',
    timeout: Duration.seconds(15),
    environment: { REJECTS_QUEUE_URL: rejects.queueUrl },
    encryptionKey: store.encryptionKey,
    logRetention,
  });
  allowSend(fn, rejects);
  allowSend(fn, lastResort);
  fn.configureAsyncInvoke(afterDelivery(lastResort));
  new Rule(scope, 'Rule', {
    description: 'Failures, of which some may have no registered dependency',
    eventBus: bus,
    eventPattern: { detailType: [OPERATION_FAILED] },
    targets: [new LambdaFunction(fn, { ...DELIVERY, deadLetterQueue: lastResort })],
  });
}

import { type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { OPERATION_FAILED } from '../../lambdas/contract/events.ts';
import { queueTarget } from '../parts/event-delivery.ts';

interface UnroutableEventsProps {
  readonly bus: IEventBus;
  /** Names of all dependencies. */
  readonly lanes: readonly string[];
  readonly rejects: IQueue;
  /** Keeps the events that the rejects queue refuses. */
  readonly lastResort: IQueue;
}

/**
 * Sends events without a known dependency to the rejects queue. No lane's rule matches them, so EventBridge would drop
 * them silently.
 */
export function rejectWhatNamesNoLane(
  scope: Construct,
  { bus, lanes, rejects, lastResort }: UnroutableEventsProps,
): void {
  const reason = { code: 'unknown-dependency', message: 'detail.dependency names no registered dependency' };
  const inputTemplate = `{"reason":${JSON.stringify(reason)},"event":<aws.events.event.json>}`;
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

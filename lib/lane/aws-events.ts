import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Rule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { EXECUTION_CHANGED, FAILED_STATUSES, INVOCATION_FAILED } from '../../lambdas/contract/aws-events.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import { queueTarget } from '../parts/event-delivery.ts';

interface EventsOfAws {
  readonly settings: DependencySettings;
  /** Where failures come in. */
  readonly queue: IQueue;
  /** Where events go that could not be delivered. */
  readonly deadLetterQueue: IQueue;
  /** Where destinations of functions send their events. */
  readonly bus: IEventBus;
}

/** Takes what AWS itself tells of failures of the dependency into its lane, as it comes; the worker reads it. */
export function takeEventsOfAws(scope: Construct, { settings, queue, deadLetterQueue, bus }: EventsOfAws): void {
  const targets = [queueTarget(queue, { deadLetterQueue })];
  const { name, kind } = settings;
  if (kind === 'state-machine') {
    new Rule(scope, 'ExecutionsRule', {
      description: `Executions of ${name} that fail or time out`,
      eventPattern: {
        source: ['aws.states'],
        detailType: [EXECUTION_CHANGED],
        detail: { stateMachineArn: [settings.targetArn], status: [...FAILED_STATUSES] },
      },
      targets,
    });
  }
  if (kind === 'lambda') {
    const arn = settings.targetArn ?? '';
    new Rule(scope, 'InvocationsRule', {
      description: `Asynchronous invocations of ${name} that fail`,
      eventBus: bus,
      eventPattern: {
        source: ['lambda'],
        detailType: [INVOCATION_FAILED],
        // The event names the version, if only as $LATEST.
        detail: { requestContext: { functionArn: [{ prefix: `${arn}:` }, arn] } },
      },
      targets,
    });
  }
}

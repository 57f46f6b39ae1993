import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Rule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { EXECUTION_CHANGED, FAILED_STATUSES, INVOCATION_FAILED } from '../../lambdas/contract/aws-events.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import { queueTarget } from '../parts/event-delivery.ts';
import { otherAccount } from '../parts/producers.ts';

interface EventsOfAws {
  readonly settings: DependencySettings;
  /** The lane queue. */
  readonly queue: IQueue;
  /** Keeps the events that EventBridge could not deliver. */
  readonly deadLetterQueue: IQueue;
  /** The bus that receives the events of Lambda destinations. */
  readonly bus: IEventBus;
}

/**
 * Routes AWS's own failure events of the dependency into its lane, unchanged. The worker parses them. AWS puts those of
 * another account on a bus there, and a rule of that account sends them on to Backstop's bus.
 */
export function takeEventsOfAws(scope: Construct, { settings, queue, deadLetterQueue, bus }: EventsOfAws): void {
  const targets = [queueTarget(queue, { deadLetterQueue })];
  const { name, kind } = settings;
  const elsewhere = kind === 'http' ? undefined : otherAccount(scope, settings);
  const account = elsewhere === undefined ? undefined : [elsewhere];
  if (kind === 'state-machine') {
    new Rule(scope, 'ExecutionsRule', {
      description: `Executions of ${name} that fail or time out`,
      eventBus: account && bus,
      eventPattern: {
        account,
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
        account,
        source: ['lambda'],
        detailType: [INVOCATION_FAILED],
        // The ARN in the event ends with the version, at least `$LATEST`.
        detail: { requestContext: { functionArn: [{ prefix: `${arn}:` }, arn] } },
      },
      targets,
    });
  }
}

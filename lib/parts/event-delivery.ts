import { Duration } from 'aws-cdk-lib';
import type { IRuleTarget, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { EventInvokeConfigOptions } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** The longest retries that EventBridge offers. Without this policy, a new bus gives up after five minutes. */
export const DELIVERY = { maxEventAge: Duration.hours(24), retryAttempts: 185 };

interface QueueTargetOptions {
  /** Keeps the events that EventBridge can't deliver. */
  readonly deadLetterQueue: IQueue;
  /** Input template of EventBridge's input transformer. @default - the whole event */
  readonly inputTemplate?: string;
}

/**
 * Makes a queue the target of a rule, with delivery policy and dead-letter queue. The CDK's own target would also let
 * EventBridge read the queue's attributes and re-encrypt with its key.
 */
export function queueTarget(queue: IQueue, { deadLetterQueue, inputTemplate }: QueueTargetOptions): IRuleTarget {
  return {
    bind: ({ ruleRef: { ruleArn } }) => {
      for (const destination of new Set([queue, deadLetterQueue])) letEventBridgeSend(ruleArn, destination);
      return {
        arn: queue.queueArn,
        targetResource: queue,
        ...deliveryTo(deadLetterQueue),
        input: inputTemplate === undefined ? undefined : { bind: () => ({ inputTemplate }) },
      };
    },
  };
}

/** Delivery policy and dead-letter queue of a target. */
export function deliveryTo(deadLetterQueue: IQueue): Pick<RuleTargetConfig, 'deadLetterConfig' | 'retryPolicy'> {
  return {
    deadLetterConfig: { arn: deadLetterQueue.queueArn },
    retryPolicy: {
      maximumEventAgeInSeconds: DELIVERY.maxEventAge.toSeconds(),
      maximumRetryAttempts: DELIVERY.retryAttempts,
    },
  };
}

/**
 * How Lambda retries the events that EventBridge has delivered to a function. After the delivery, only Lambda knows of
 * the function's errors, so they need a destination of their own.
 */
export function afterDelivery(lastResort: IQueue): EventInvokeConfigOptions {
  return {
    maxEventAge: Duration.hours(6),
    retryAttempts: 2,
    onFailure: { bind: () => ({ destination: lastResort.queueArn }) },
  };
}

/** Lets EventBridge send to the queue on behalf of a rule or bus. */
export function letEventBridgeSend(sourceArn: string, queue: IQueue): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': sourceArn } },
    }),
  );
}

import { Duration } from 'aws-cdk-lib';
import type { IRuleTarget, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** Type of the events that report a failure. */
export const OPERATION_FAILED = 'Operation Failed';

/** How long EventBridge tries to deliver: as long as it can. New buses would give up after five minutes. */
export const DELIVERY = { maxEventAge: Duration.hours(24), retryAttempts: 185 };

export interface QueueTargetOptions {
  /** Where events go that could not be delivered. */
  readonly deadLetterQueue: IQueue;
  /** Template of what to send, as EventBridge's input transformers take it. @default - the whole event */
  readonly inputTemplate?: string;
}

/**
 * A queue as the target of a rule, with its delivery policy and dead-letter queue. The target of the CDK would let
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
        ...(inputTemplate !== undefined && { input: { bind: () => ({ inputTemplate }) } }),
      };
    },
  };
}

/** How a target of our own is delivered to, and where events go that could not be. */
export function deliveryTo(deadLetterQueue: IQueue): Pick<RuleTargetConfig, 'deadLetterConfig' | 'retryPolicy'> {
  return {
    deadLetterConfig: { arn: deadLetterQueue.queueArn },
    retryPolicy: {
      maximumEventAgeInSeconds: DELIVERY.maxEventAge.toSeconds(),
      maximumRetryAttempts: DELIVERY.retryAttempts,
    },
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

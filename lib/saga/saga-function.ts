import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { BackstopFunction } from '../parts/backstop-function.ts';
import { letEventBridgeSend } from '../parts/event-delivery.ts';
import { allowSend } from '../parts/permissions.ts';
import type { SharedParts } from '../parts/shared-parts.ts';

export interface SagaFunctionProps extends Pick<SharedParts, 'code' | 'store' | 'logRetention' | 'runbookUrl'> {
  /** Keeps events that the function could not be given, or failed at, and sagas that it has given up. */
  readonly lastResort: IQueue;
}

/** Goes on with sagas whose executions have ended badly: those of all machines for which {@link ResiliencePipeline.rescue} was called. */
export class SagaFunction extends BackstopFunction {
  readonly lastResort: IQueue;

  constructor(scope: Construct, id: string, { code, store, logRetention, runbookUrl, lastResort }: SagaFunctionProps) {
    super(scope, id, {
      code,
      handler: 'saga',
      description: 'Resumes sagas that stopped midway',
      timeout: Duration.minutes(2),
      environment: { LAST_RESORT_QUEUE_URL: lastResort.queueUrl, RUNBOOK_URL: runbookUrl },
      encryptionKey: store.encryptionKey,
      logRetention,
    });
    this.lastResort = lastResort;
    allowSend(this, lastResort);
    // The rules stand in the stacks of the machines, which depend on this one: none of them can be named here.
    const rules = { service: 'events', resource: 'rule', resourceName: '*', arnFormat: ArnFormat.SLASH_RESOURCE_NAME };
    letEventBridgeSend(Stack.of(this).formatArn(rules), lastResort);
    // What EventBridge has delivered, Lambda keeps to itself: the function's own errors need a destination of their own.
    this.configureAsyncInvoke({
      maxEventAge: Duration.hours(6),
      retryAttempts: 2,
      onFailure: { bind: () => ({ destination: lastResort.queueArn }) },
    });
  }
}

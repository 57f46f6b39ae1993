import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { BackstopFunction } from '../parts/backstop-function.ts';
import { afterDelivery, letEventBridgeSend } from '../parts/event-delivery.ts';
import { allowSend } from '../parts/permissions.ts';
import type { SharedParts } from '../parts/shared-parts.ts';

interface SagaFunctionProps extends Pick<SharedParts, 'code' | 'store' | 'logRetention' | 'runbookUrl'> {
  /** Keeps events that the function did not receive or failed to process, and sagas that it gave up. */
  readonly lastResort: IQueue;
}

/** Resumes sagas whose executions stopped midway, for every machine passed to {@link ResiliencePipeline.rescue}. */
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
    // The rules are in the stacks of the machines, which depend on this stack. References to them would be a cycle.
    const rules = { service: 'events', resource: 'rule', resourceName: '*', arnFormat: ArnFormat.SLASH_RESOURCE_NAME };
    letEventBridgeSend(Stack.of(this).formatArn(rules), lastResort);
    this.configureAsyncInvoke(afterDelivery(lastResort));
  }
}

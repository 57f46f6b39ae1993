import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { HttpOperation } from '../../contract/failure.ts';
import type { AwsSettings } from '../../contract/settings.ts';
import type { Clock } from '../../contract/time.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import { callKey } from '../../domain/ledger/effect-key.ts';
import type { CalledFor } from '../../use-cases/call.ts';
import { AWS_CONNECT_MS, targetOf } from './aws-call.ts';
import { resumeExecution } from './execution-call.ts';
import { executionsOf } from './executions.ts';
import { invokeFunction } from './lambda-call.ts';
import { sendMessage } from './queue-call.ts';

export type AwsCaller = (
  operation: HttpOperation,
  settings: AwsSettings,
  entry: CalledFor,
) => Promise<CallResult | PendingCall>;

/** Turns off the SDK's own retries: Backstop counts attempts itself, and each call has its own timeout. */
const ONCE = { maxAttempts: 1, requestHandler: { connectionTimeout: AWS_CONNECT_MS } } as const;
/**
 * Makes a connection for each call. A frozen instance would send on one that the service has closed, and could not tell
 * that from a call that the service has received.
 */
const AGENT = { keepAlive: false };
const ONCE_UNUSED = {
  ...ONCE,
  requestHandler: { ...ONCE.requestHandler, httpsAgent: AGENT, httpAgent: AGENT },
};

/** Creates a caller of AWS resources. It creates one client per service and region, at the first call that needs it. */
export function awsCaller(now: Clock = Date.now): AwsCaller {
  const lambda = perRegion((region) => new LambdaClient({ region, ...ONCE_UNUSED }));
  // Use the endpoint of the region or of the environment, not the host of the queue URL.
  const sqs = perRegion((region) => new SQSClient({ region, ...ONCE_UNUSED, useQueueUrlAsEndpoint: false }));
  const executions = perRegion((region) => executionsOf(new SFNClient({ region, ...ONCE })));
  return async (operation, settings, entry) => {
    const { correlationId, awaited } = entry;
    const key = callKey(entry, settings.name);
    const { region } = targetOf(settings);
    switch (settings.kind) {
      case 'lambda':
        return invokeFunction(operation, settings, { id: key, correlationId }, lambda(region));
      case 'queue':
        return sendMessage(
          operation,
          settings,
          { id: callKey({ ...entry, edited: 0 }, settings.name), key },
          sqs(region),
        );
      case 'state-machine': {
        return resumeExecution(operation, settings, {
          failure: entry,
          awaited,
          executions: executions(region),
          now: now(),
        });
      }
      default:
        return settings.kind satisfies never;
    }
  };
}

function perRegion<Client>(create: (region: string) => Client): (region: string) => Client {
  const clients = new Map<string, Client>();
  return (region) => {
    const client = clients.get(region) ?? create(region);
    clients.set(region, client);
    return client;
  };
}

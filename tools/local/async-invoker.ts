import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { failureRecord } from './failure-record.ts';
import type { Functions } from './functions.ts';
import type { Queues } from './queues.ts';
import type { Site } from './site.ts';

interface InvokeConfig {
  readonly FunctionName: string;
  readonly MaximumRetryAttempts?: number;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
}

/** Puts Lambda's record of an event that it gave up on a bus. */
export type ToBus = (bus: string, record: object, resources: readonly string[]) => void;

/** Delays before Lambda retries an asynchronous event. */
const RETRY_DELAYS_MS = [60_000, 120_000];

/**
 * Invokes a function asynchronously, as EventBridge does. Tries an event up to three times, then sends it to the
 * function's failure destination.
 */
export async function invokeAsync(
  arn: string,
  event: string,
  site: Site,
  queues: Queues,
  functions: Functions,
  toBus: ToBus,
): Promise<void> {
  const config = configOf(arn, site);
  const delays = RETRY_DELAYS_MS.slice(0, config?.MaximumRetryAttempts);
  let result = await functions.invoke(arn, event);
  for (const delay of delays) {
    if (result.ok) return;
    await sleep(delay, undefined, { signal: site.stopped });
    result = await functions.invoke(arn, event);
  }
  if (result.ok) return;
  const destination = config?.DestinationConfig?.OnFailure?.Destination;
  const { DeadLetterConfig } = site.assembly.find(arn).properties as { DeadLetterConfig?: { TargetArn: string } };
  const { error } = result;
  if (destination !== undefined) {
    const about = failureRecord(`${arn}:$LATEST`, 'RetriesExhausted', delays.length + 1);
    const record = { ...about, requestPayload: JSON.parse(event), responsePayload: error };
    if (destination.includes(':event-bus/')) toBus(destination, record, [destination, `${arn}:$LATEST`]);
    else await queues.sendTo(destination, JSON.stringify(record));
  } else if (DeadLetterConfig !== undefined)
    await queues.sendTo(DeadLetterConfig.TargetArn, event, {
      RequestID: randomUUID(),
      ErrorCode: '200',
      ErrorMessage: error.errorMessage,
    });
}

function configOf(arn: string, { assembly }: Site): InvokeConfig | undefined {
  const { name } = assembly.find(arn);
  const configs = assembly.all<InvokeConfig>('AWS::Lambda::EventInvokeConfig').map(({ properties }) => properties);
  return configs.find(({ FunctionName }) => FunctionName === name || FunctionName.includes(`function:${name}`));
}

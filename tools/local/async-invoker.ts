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

/** How long Lambda waits before it tries an asynchronous event again. */
const RETRY_DELAYS_MS = [60_000, 120_000];

/**
 * Invokes a function without anybody waiting for the result, as EventBridge does: tries an event up to three times,
 * then sends it where the function wants its failures.
 */
export async function invokeAsync(
  arn: string,
  event: string,
  site: Site,
  queues: Queues,
  functions: Functions,
): Promise<void> {
  const config = configOf(arn, site);
  const delays = RETRY_DELAYS_MS.slice(0, config?.MaximumRetryAttempts);
  let result = await functions.invoke(arn, event);
  for (const delay of delays) {
    if (result.ok) return;
    await sleep(delay * site.timeScale, undefined, { signal: site.stopped });
    result = await functions.invoke(arn, event);
  }
  if (result.ok) return;
  const destination = config?.DestinationConfig?.OnFailure?.Destination;
  const { DeadLetterConfig } = site.assembly.find(arn).properties as { DeadLetterConfig?: { TargetArn: string } };
  const { error } = result;
  if (destination !== undefined) {
    const record = failureRecord(`${arn}:$LATEST`, 'RetriesExhausted', delays.length + 1);
    await queues.sendTo(
      destination,
      JSON.stringify({ ...record, requestPayload: JSON.parse(event), responsePayload: error }),
    );
  } else if (DeadLetterConfig !== undefined)
    await queues.sendTo(DeadLetterConfig.TargetArn, event, { ErrorCode: '200', ErrorMessage: error.errorMessage });
}

function configOf(arn: string, { assembly }: Site): InvokeConfig | undefined {
  const { name } = assembly.find(arn);
  const configs = assembly.all<InvokeConfig>('AWS::Lambda::EventInvokeConfig').map(({ properties }) => properties);
  return configs.find(({ FunctionName }) => FunctionName === name || FunctionName.includes(`function:${name}`));
}

import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { HttpOperation } from '../../contract/failure.ts';
import type { HttpSettings } from '../../contract/settings.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import type { Call } from '../../use-cases/call.ts';
import { keepsAnswer } from '../../use-cases/fallback/last-good.ts';
import { effectKey } from '../../use-cases/recovery/effect-key.ts';
import { measure } from '../telemetry.ts';
import type { AwsCaller } from './aws-caller.ts';
import { createCredentials } from './credentials.ts';
import { callDependency } from './http-call.ts';

/** Whether the body of a success is wanted. */
export type KeepsBody = (operation: HttpOperation, settings: HttpSettings) => boolean | 'to-compare';

/** Makes calls with credentials from Secrets Manager, which are fetched when a dependency first needs one. */
export function dependencyCaller(keepsBody: KeepsBody = keepsAnswer): Call<CallResult | PendingCall> {
  let callAws: AwsCaller | undefined;
  let client: SecretsManagerClient | undefined;
  const credentials = createCredentials(async (name) => {
    // Within the lease of the call that waits for it.
    client ??= new SecretsManagerClient({
      maxAttempts: 2,
      requestHandler: { requestTimeout: 1_000, throwOnRequestTimeout: true },
    });
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (SecretString === undefined) throw new Error('the secret is not text');
    return SecretString;
  });
  return timed(async (operation, settings, entry) => {
    if (settings.kind !== 'http') {
      // Its clients take time to load, which those who call HTTP APIs only need not spend.
      callAws ??= (await import('./aws-caller.ts')).awsCaller();
      return callAws(operation, settings, entry);
    }
    const { correlationId } = entry;
    const keepBody = keepsBody(operation, settings);
    return callDependency(operation, settings, {
      ...{ idempotencyKey: effectKey(entry), correlationId, credentials, keepBody },
    });
  });
}

/** Notes how long each call takes, whatever comes of it. */
function timed<Result>(call: Call<Result>): Call<Result> {
  return async (operation, settings, entry) => {
    const begun = performance.now();
    try {
      return await call(operation, settings, entry);
    } finally {
      measure('CallDuration', Math.round(performance.now() - begun), { dependency: settings.name });
    }
  };
}

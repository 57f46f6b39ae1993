import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { keepsAnswer } from '../fallback/last-good.ts';
import type { AttemptTools } from '../recovery/attempt-operation.ts';
import { effectKey } from '../recovery/effect-key.ts';
import { createCredentials } from './credentials.ts';
import type { HttpOperation } from './failure.ts';
import { callDependency } from './http-call.ts';
import type { DependencySettings } from './settings.ts';

/** Whether the body of a success is wanted. */
export type KeepsBody = (operation: HttpOperation, settings: DependencySettings) => boolean | 'to-compare';

/** Makes calls with credentials from Secrets Manager, which are fetched when a dependency first needs one. */
export function dependencyCaller(keepsBody: KeepsBody = keepsAnswer): AttemptTools['call'] {
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
  return (operation, settings, entry) =>
    callDependency(operation, settings, {
      idempotencyKey: effectKey(entry),
      correlationId: entry.correlationId,
      credentials,
      keepBody: keepsBody(operation, settings),
    });
}

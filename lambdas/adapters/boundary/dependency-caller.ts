import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { HttpOperation } from '../../contract/failure.ts';
import type { DependencySettings, HttpSettings } from '../../contract/settings.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import { callKey } from '../../domain/ledger/effect-key.ts';
import type { Call } from '../../use-cases/call.ts';
import { storesAnswer } from '../../use-cases/fallback/last-good.ts';
import { SECRETS, within } from '../budgets.ts';
import { completed, hasTarget } from '../environment.ts';
import { lateArns } from '../facts/late-arns.ts';
import { measure } from '../telemetry.ts';
import type { AwsCaller } from './aws-caller.ts';
import { bodyClaimer, bucketReader } from './claimed-body.ts';
import { createCredentials } from './credentials.ts';
import { callDependency } from './http-call.ts';

/** Whether to return the body of a successful answer. */
type KeepsBody = (operation: HttpOperation, settings: HttpSettings) => boolean | 'to-compare';

/**
 * Creates a caller of dependencies of any kind. It fetches credentials from Secrets Manager when a dependency first
 * needs one.
 */
export function dependencyCaller(keepsBody: KeepsBody = storesAnswer): Call<CallResult | PendingCall> {
  let callAws: AwsCaller | undefined;
  let client: SecretsManagerClient | undefined;
  const versionOf = (name: string, stage?: string) => {
    client ??= new SecretsManagerClient(within(SECRETS));
    return client.send(new GetSecretValueCommand({ SecretId: name, VersionStage: stage }));
  };
  const credentials = createCredentials(
    async (name) => {
      const { SecretString } = await versionOf(name);
      if (SecretString === undefined) throw new Error('the secret is not text');
      return SecretString;
    },
    { newestVersionAt: (name) => newestOf(['AWSCURRENT', 'AWSPENDING'].map((stage) => versionOf(name, stage))) },
  );
  const claimBody = bodyClaimer(bucketReader());
  const late = lateArns();
  const withTarget = async (settings: DependencySettings): Promise<DependencySettings> => {
    if (hasTarget(settings)) return settings;
    const { target } = await late(settings.name);
    return target === undefined ? settings : completed(settings, target);
  };
  const call = measured<CallResult | PendingCall>(async (operation, known, entry, depart) => {
    const settings = await withTarget(known);
    if (settings.kind !== 'http') {
      // Load the AWS clients only when needed, because they slow the start of functions that call HTTP APIs only.
      callAws ??= (await import('./aws-caller.ts')).awsCaller();
      return callAws(operation, settings, entry, depart);
    }
    const { correlationId } = entry;
    const keepBody = keepsBody(operation, settings);
    return callDependency(operation, settings, {
      idempotencyKey: callKey(entry, settings.name),
      correlationId,
      credentials,
      keepBody,
      depart,
    });
  });
  return async (operation, ...others) => call(await claimBody(operation), ...others);
}

/** When the newest of some versions was made. Between rotations, a secret has none that is pending. */
async function newestOf(versions: readonly Promise<GetSecretValueCommandOutput>[]): Promise<number | undefined> {
  const settled = await Promise.allSettled(versions);
  const times = settled.map((each) => (each.status === 'fulfilled' ? each.value.CreatedDate?.getTime() : undefined));
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Records the duration of each call, whether it succeeds or not. */
function measured<Result>(call: Call<Result>): Call<Result> {
  return async (operation, settings, entry, depart) => {
    const begun = performance.now();
    try {
      return await call(operation, settings, entry, depart);
    } finally {
      measure('CallDuration', Math.round(performance.now() - begun), { dependency: settings.name });
    }
  };
}

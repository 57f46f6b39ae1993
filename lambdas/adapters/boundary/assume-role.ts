import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { SECRETS, within } from '../budgets.ts';
import type { AssumeRole } from './role-credentials.ts';

/** The longest that AWS allows to a role that assumes another. */
const DURATION_SECONDS = 3_600;

/** Assumes roles by the STS endpoint of the function's own region. */
export function assumeRole(client = new STSClient(within(SECRETS))): AssumeRole {
  return async ({ roleArn: RoleArn, externalId: ExternalId }, RoleSessionName) => {
    const request = new AssumeRoleCommand({ RoleArn, ExternalId, RoleSessionName, DurationSeconds: DURATION_SECONDS });
    const { Credentials: { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = {} } = await client.send(request);
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw new Error('STS gave no credentials');
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  };
}

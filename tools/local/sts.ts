import { type Answer, type Service, xmlError } from './protocol.ts';

const ASSUMED = 'ASSUMED.';
const HOUR_MS = 3_600_000;

/** STS for one client. The credentials that it gives name this client, since the embedded cloud has one account. */
export function stsService(accessKey: string): Service {
  return async (operation): Promise<Answer> => {
    if (operation !== 'AssumeRole')
      return xmlError(400, 'InvalidAction', `the embedded cloud does not support ${operation}`);
    const expiration = new Date(Date.now() + HOUR_MS).toISOString();
    const credentials = `<AccessKeyId>${ASSUMED}${accessKey}</AccessKeyId><SecretAccessKey>local</SecretAccessKey><SessionToken>local</SessionToken><Expiration>${expiration}</Expiration>`;
    const body = `<AssumeRoleResponse><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
    return { status: 200, contentType: 'text/xml', body };
  };
}

/** Whether a client calls in the name of a role that it assumed. */
export function isAssumed(accessKey: string): boolean {
  return accessKey.startsWith(ASSUMED);
}

/** The access key of the client that calls, in its own name or in that of a role. */
export function ownKey(accessKey: string): string {
  return isAssumed(accessKey) ? accessKey.slice(ASSUMED.length) : accessKey;
}

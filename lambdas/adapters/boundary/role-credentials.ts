import type { AssumeRoleSettings } from '../../contract/settings.ts';
import type { Clock } from '../../contract/time.ts';

/** Temporary credentials of a role. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** @param session names the caller in the other account's CloudTrail */
export type AssumeRole = (role: AssumeRoleSettings, session: string) => Promise<RoleCredentials>;

/** The role of a dependency can't be assumed. The message names the role, and nothing that STS quotes. */
export class AssumeRoleError extends Error {
  override readonly name = 'AssumeRoleError';
}

/** The SDK's clients ask for new credentials at this age, too. */
const RENEWED_BEFORE_MS = 300_000;

/**
 * Assumes each dependency's role once for many calls, and again five minutes before the credentials expire.
 *
 * @returns a look-up that throws AssumeRoleError; nothing has been sent to the dependency then
 */
export function roleCredentials(
  assume: AssumeRole,
  now: Clock = Date.now,
): (role: AssumeRoleSettings, dependency: string) => Promise<RoleCredentials> {
  const current = new Map<string, Promise<RoleCredentials>>();
  const renew = (role: AssumeRoleSettings, dependency: string) => {
    const assumed = assume(role, `backstop-${dependency}`).catch((error: unknown) => {
      const why = error instanceof Error ? error.name : 'unknown error';
      throw new AssumeRoleError(`${dependency}: STS does not let Backstop assume ${role.roleArn}: ${why}`);
    });
    current.set(dependency, assumed);
    // Do not keep a failure: the next call asks again. The caller that awaits the credentials gets the error.
    assumed.catch(() => {
      if (current.get(dependency) === assumed) current.delete(dependency);
    });
    return assumed;
  };
  return async (role, dependency) => {
    const kept = current.get(dependency) ?? renew(role, dependency);
    const known = await kept;
    if (now() < known.expiration.getTime() - RENEWED_BEFORE_MS) return known;
    // Of several calls that wait, the first asks.
    const latest = current.get(dependency);
    return latest === undefined || latest === kept ? renew(role, dependency) : latest;
  };
}

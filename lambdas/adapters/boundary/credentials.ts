import type { AuthSettings } from '../../contract/settings.ts';
import type { Clock } from '../../contract/time.ts';
import { type Credential, isHeaderSafe } from '../../domain/boundary/http-request.ts';

export interface Credentials {
  /** @throws CredentialError if the secret does not fit in a header; otherwise what fetching it throws */
  get(auth: AuthSettings | undefined): Promise<Credential | undefined>;
  /**
   * Fetches the secret again after the dependency refused a credential, unless another call already has. Returns true
   * if the secret differs from the refused one, for every call that was refused with it.
   */
  refresh(auth: AuthSettings, refused: Credential): Promise<boolean>;
}

export interface CredentialOptions {
  readonly now?: Clock;
  /** Age at which a secret is fetched again, in milliseconds. @default 300_000 */
  readonly maxAgeMs?: number;
}

/** The secret does not fit in a header. The message names the secret, and nothing of its value. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

interface Cached {
  readonly value: Promise<string>;
  readonly fetchedAt: number;
}

/** Caches secrets for some minutes, so that a batch of calls fetches each one once. */
export function createCredentials(
  getSecret: (name: string) => Promise<string>,
  { now = Date.now, maxAgeMs = 300_000 }: CredentialOptions = {},
): Credentials {
  const cache = new Map<string, Cached>();

  function fetchSecret(name: string): Promise<string> {
    const cached = { value: getSecret(name), fetchedAt: now() };
    cache.set(name, cached);
    // Do not cache a failure: the next call fetches again. The caller that awaits the value gets the error.
    cached.value.catch(() => {
      if (cache.get(name) === cached) cache.delete(name);
    });
    return cached.value;
  }

  async function current(auth: AuthSettings): Promise<Credential> {
    const cached = cache.get(auth.secretName);
    const fresh = cached && now() - cached.fetchedAt < maxAgeMs;
    return credentialOf(auth, await (fresh ? cached.value : fetchSecret(auth.secretName)));
  }

  return {
    get: async (auth) => auth && current(auth),
    async refresh(auth, refused) {
      if ((await current(auth)).value !== refused.value) return true;
      return credentialOf(auth, await fetchSecret(auth.secretName)).value !== refused.value;
    },
  };
}

function credentialOf(auth: AuthSettings, secret: string): Credential {
  switch (auth.scheme) {
    case 'bearer':
      return { header: 'authorization', value: `Bearer ${requireHeaderSafe(auth, secret)}` };
    case 'basic':
      // RFC 7617, 2
      if (!/^[^:\p{Cc}]*:\P{Cc}*$/u.test(secret)) {
        throw new CredentialError(`the secret ${auth.secretName} must be user:password without control characters`);
      }
      return { header: 'authorization', value: `Basic ${Buffer.from(secret).toString('base64')}` };
    case 'api-key':
      return { header: auth.header ?? 'x-api-key', value: requireHeaderSafe(auth, secret) };
    default:
      return auth.scheme satisfies never;
  }
}

function requireHeaderSafe({ secretName }: AuthSettings, secret: string): string {
  if (secret !== '' && secret === secret.trim() && isHeaderSafe(secret)) return secret;
  throw new CredentialError(
    `the secret ${secretName} must be printable ASCII text without spaces or line ends around it`,
  );
}

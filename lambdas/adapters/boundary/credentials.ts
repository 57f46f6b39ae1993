import type { AuthSettings } from '../../contract/settings.ts';
import { type Credential, isHeaderSafe } from '../../domain/boundary/http-request.ts';

export interface Credentials {
  /** @throws CredentialError where the secret can't be sent; whatever fetching it throws */
  get(auth: AuthSettings | undefined): Promise<Credential | undefined>;
  /**
   * To be called where the dependency refused a credential: fetches the secret afresh, unless that has been done since.
   * True where there is another one now. Calls that are refused at the same time all learn of it.
   */
  refresh(auth: AuthSettings, refused: Credential): Promise<boolean>;
}

export interface CredentialOptions {
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Age at which a secret is fetched afresh, in milliseconds. @default 300_000 */
  readonly maxAgeMs?: number;
}

/** A secret has no form that a header could hold. Says which secret, and nothing of its value. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

interface Cached {
  readonly value: Promise<string>;
  readonly fetchedAt: number;
}

/** Keeps secrets for some minutes, so that a batch of calls costs one look into the vault. */
export function createCredentials(
  getSecret: (name: string) => Promise<string>,
  { now = Date.now, maxAgeMs = 300_000 }: CredentialOptions = {},
): Credentials {
  const cache = new Map<string, Cached>();

  function fetchSecret(name: string): Promise<string> {
    const cached = { value: getSecret(name), fetchedAt: now() };
    cache.set(name, cached);
    // A failure is not kept: the next call asks again. Whoever awaits the value sees the error.
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
      return { header: 'authorization', value: `Bearer ${sendable(auth, secret)}` };
    case 'basic':
      // RFC 7617, 2
      if (!/^[^:\p{Cc}]*:\P{Cc}*$/u.test(secret)) {
        throw new CredentialError(`the secret ${auth.secretName} must be user:password without control characters`);
      }
      return { header: 'authorization', value: `Basic ${Buffer.from(secret).toString('base64')}` };
    case 'api-key':
      return { header: auth.header ?? 'x-api-key', value: sendable(auth, secret) };
    default:
      return auth.scheme satisfies never;
  }
}

function sendable({ secretName }: AuthSettings, secret: string): string {
  if (secret !== '' && secret === secret.trim() && isHeaderSafe(secret)) return secret;
  throw new CredentialError(
    `the secret ${secretName} must be printable ASCII text without spaces or line ends around it`,
  );
}

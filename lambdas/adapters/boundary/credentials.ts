import type { AuthSettings } from '../../contract/settings.ts';
import type { Clock } from '../../contract/time.ts';
import { type Credential, isHeaderSafe } from '../../domain/boundary/http-request.ts';
import { secretText, userSecretText } from '../../domain/secret-text.ts';

export interface Credentials {
  /** @throws CredentialError if the secret does not fit in a header; otherwise what fetching it throws */
  get(auth: AuthSettings | undefined): Promise<Credential | undefined>;
  /**
   * Fetches the secret again after the dependency refused a credential, unless another call already has. Returns true
   * if the secret differs from the refused one, for every call that was refused with it. False, too, if the secret was
   * fresh and can't be fetched.
   *
   * @throws what fetching throws, if the refused secret was an old one: the refusal may be due to its age
   */
  refresh(auth: AuthSettings, refused: Credential): Promise<boolean>;
  /** Whether the secret is being rotated, or has just been. False if nobody can tell. */
  isRotating(auth: AuthSettings): Promise<boolean>;
}

export interface CredentialOptions {
  readonly now?: Clock;
  /** Age at which a secret is fetched again, in milliseconds. @default 300_000 */
  readonly maxAgeMs?: number;
  /** Age up to which a secret serves while Secrets Manager is unreachable, in milliseconds. @default 12 hours */
  readonly maxStaleMs?: number;
  /**
   * When the newest version of a secret was made, also one that is not in use yet. In epoch milliseconds.
   *
   * @default - nobody can tell
   */
  readonly newestVersionAt?: (name: string) => Promise<number | undefined>;
}

const MAX_STALE_MS = 12 * 3_600_000;
/** Secrets Manager is asked again after so long, so that not every call waits for its timeouts. */
const ASK_AGAIN_MS = 15_000;

/** The longest time of a rotation: that of its Lambda function. */
const ROTATION_MS = 15 * 60_000;

/** The secret does not fit in a header. The message names the secret, and nothing of its value. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

interface Cached {
  readonly value: Promise<string>;
  readonly fetchedAt: number;
  /** When Secrets Manager was unreachable, in epoch milliseconds. */
  readonly missedAt?: number;
}

/**
 * Caches secrets for some minutes, so that a batch of calls fetches each one once. While Secrets Manager is
 * unreachable, a known secret serves for hours: most are still right, and a dependency refuses one that is not.
 */
export function createCredentials(
  getSecret: (name: string) => Promise<string>,
  {
    now = Date.now,
    maxAgeMs = 300_000,
    maxStaleMs = MAX_STALE_MS,
    newestVersionAt = async () => undefined,
  }: CredentialOptions = {},
): Credentials {
  const cache = new Map<string, Cached>();
  const rotations = new Map<string, { readonly isRotating: Promise<boolean>; readonly askedAt: number }>();
  const isFresh = (cached: Cached | undefined) => cached !== undefined && now() - cached.fetchedAt < maxAgeMs;

  /** @param stale serves if Secrets Manager is unreachable */
  function fetchSecret(name: string, stale?: Cached): Promise<string> {
    const fetchedAt = now();
    const value = getSecret(name).catch((error: unknown) => {
      // Do not cache a failure: the next call fetches again. The caller that awaits the value gets the error.
      const mayServe = stale !== undefined && isUnreachable(error) && now() - stale.fetchedAt < maxStaleMs;
      if (cache.get(name) === cached) {
        if (mayServe) cache.set(name, { ...stale, missedAt: now() });
        else cache.delete(name);
      }
      if (mayServe) return stale.value;
      throw error;
    });
    const cached = { value, fetchedAt };
    cache.set(name, cached);
    return value;
  }

  async function current(auth: AuthSettings): Promise<Credential> {
    const cached = cache.get(auth.secretName);
    const isKept = isFresh(cached) || (cached?.missedAt !== undefined && now() - cached.missedAt < ASK_AGAIN_MS);
    return credentialOf(auth, await (cached && isKept ? cached.value : fetchSecret(auth.secretName, cached)));
  }

  return {
    get: async (auth) => auth && current(auth),
    async refresh(auth, refused) {
      const known = cache.get(auth.secretName);
      if (known && credentialOf(auth, await known.value).value !== refused.value) return true;
      try {
        return credentialOf(auth, await fetchSecret(auth.secretName)).value !== refused.value;
      } catch (error) {
        if (known && !isFresh(known)) throw error;
        return false;
      }
    },
    async isRotating({ secretName }) {
      const known = rotations.get(secretName);
      if (known && now() - known.askedAt < ASK_AGAIN_MS) return known.isRotating;
      const isRotating = newestVersionAt(secretName).then(
        (at) => at !== undefined && now() - at <= ROTATION_MS,
        () => false,
      );
      rotations.set(secretName, { isRotating, askedAt: now() });
      return isRotating;
    },
  };
}

/** Whether the service did not answer, or not to the question. An answer such as `AccessDeniedException` counts. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const { httpStatusCode: status } = error.$metadata as { readonly httpStatusCode?: number };
  return status === undefined || status >= 500 || status === 429 || /throttl/i.test(error.name);
}

function credentialOf(auth: AuthSettings, secret: string): Credential {
  switch (auth.scheme) {
    case 'bearer':
      return { header: 'authorization', value: `Bearer ${requireHeaderSafe(auth, secret)}` };
    case 'basic': {
      const user = userSecretText(secret);
      // RFC 7617, 2
      if (user === undefined || !/^[^:\p{Cc}]*:\P{Cc}*$/u.test(user)) {
        throw new CredentialError(
          `the secret ${auth.secretName} must be user:password without control characters, or JSON with username and password`,
        );
      }
      return { header: 'authorization', value: `Basic ${Buffer.from(user).toString('base64')}` };
    }
    case 'api-key':
      return { header: auth.header ?? 'x-api-key', value: requireHeaderSafe(auth, secret) };
    default:
      return auth.scheme satisfies never;
  }
}

function requireHeaderSafe({ secretName }: AuthSettings, secret: string): string {
  const text = secretText(secret);
  if (text !== undefined && text !== '' && text === text.trim() && isHeaderSafe(text)) return text;
  throw new CredentialError(
    `the secret ${secretName} must be printable ASCII text without spaces around it, or JSON with one such member`,
  );
}

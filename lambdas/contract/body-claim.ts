/** Names the object that holds a body too large for an event. */
export interface BodyClaim {
  /** Key of the object in the pipeline's own bucket. Its prefix names dependency and tenant. */
  readonly key: string;
  /** SHA-256 of the object, in lowercase hexadecimal digits. */
  readonly sha256: string;
  /** Size of the object. */
  readonly bytes: number;
}

/** Most bytes of a body in the bucket. */
export const MAX_CLAIMED_BYTES = 5 * 1024 * 1024;

/** A larger body, as JSON, is reported by a claim. Buses and queues bill each 64 KiB as a message. */
export const MAX_INLINE_BYTES = 64 * 1024;

/** Environment variable of the functions that call dependencies: the name of the bucket. */
export const BODIES_VARIABLE = 'BODIES_BUCKET';

/** Form of a key. {@link isBodyOf} tells whose it is. */
export const BODY_KEY = /^bodies\/[a-z][a-z0-9-]{0,39}\/(?:-|t-[A-Za-z0-9._-]{1,64})\/[A-Za-z0-9_-]{16,64}$/;

/** What all keys of a dependency begin with. Roles of producers may add objects below it only. */
export function bodiesOf(dependency: string): string {
  return `bodies/${dependency}/`;
}

/**
 * The key of a body, in the form of {@link BODY_KEY}.
 *
 * @param token 16 to 64 letters, digits, `_` or `-`; a random one, so that nobody else can name the key
 */
export function bodyKey(dependency: string, tenant: string | undefined, token: string): string {
  return `${bodiesOf(dependency)}${tenant === undefined ? '-' : `t-${tenant}`}/${token}`;
}

/** Whether a body belongs to the dependency and tenant of the operation that names it. */
export function isBodyOf(key: string, dependency: string, tenant: string | undefined): boolean {
  return BODY_KEY.test(key) && key.startsWith(bodyKey(dependency, tenant, ''));
}

/** The bucket has no body that fits the claim: nobody can make the call as it was. Nothing was sent. */
export class BodyClaimError extends Error {
  override readonly name = 'BodyClaimError';
}

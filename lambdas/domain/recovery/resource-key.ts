import type { HttpOperation } from '../../contract/failure.ts';
import { digest } from '../digest.ts';

type Target = Pick<HttpOperation, 'resourceId' | 'path'>;

/**
 * Key of the resource that an operation works on: 32 hexadecimal digits. Failures of one resource share the key; two
 * tenants never share one. The key is a digest, because queues and logs must not hold business ids.
 *
 * To compute it by hand, use an empty tenant if the event names none, and the path if it names no `resourceId`:
 *
 *     printf '%s\n%s' "$TENANT" "$RESOURCE" | sha256sum | cut -c1-32
 */
export function resourceKey({ resourceId, path }: Target, tenant = ''): string {
  // The newline separates unambiguously: tenant names contain none.
  return digest(`${tenant}\n${resourceId ?? path}`);
}

/** First 16 digits of {@link resourceKey}. Distinguishes a dependency's resources in logs and metrics. */
export function resourceDigest(operation: Target, tenant?: string): string {
  return resourceKey(operation, tenant).slice(0, 16);
}

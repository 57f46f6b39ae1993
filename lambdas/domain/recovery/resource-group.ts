import { createHash } from 'node:crypto';
import type { HttpOperation } from '../../contract/failure.ts';

type Target = Pick<HttpOperation, 'resourceId' | 'path'>;

/**
 * The resource that an operation works on, as 32 hexadecimal digits: failures of one resource share it, those of two tenants never
 * do. A digest, because queues and logs are no place for ids of the business. By hand, with an empty tenant where the event names
 * none, and the path where it names no `resourceId`:
 *
 *     printf '%s\n%s' "$TENANT" "$RESOURCE" | sha256sum | cut -c1-32
 */
export function resourceKey({ resourceId, path }: Target, tenant = ''): string {
  // Neither in a tenant's name nor anywhere before it in the text is there another line end.
  return digest(`${tenant}\n${resourceId ?? path}`);
}

/** The first 16 digits of {@link resourceKey}: enough to tell the resources of a dependency apart in logs and metrics. */
export function resourceDigest(operation: Target, tenant?: string): string {
  return resourceKey(operation, tenant).slice(0, 16);
}

/** What stands in for the resource of a message that names none, so that it holds up nobody. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

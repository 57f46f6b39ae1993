import { createHash } from 'node:crypto';
import type { HttpOperation } from '../boundary/failure.ts';

/** Names a resource without telling it: the first 16 hexadecimal digits of a SHA-256. */
export function resourceDigest({ resourceId, path }: HttpOperation, tenant = ''): string {
  return createHash('sha256')
    .update(`${tenant}\n${resourceId ?? path}`)
    .digest('hex')
    .slice(0, 16);
}

import { createHash } from 'node:crypto';
import type { Failure } from '../../contract/failure.ts';

/** Digest of a failure's dependency and operation, independent of the order of fields. */
export function fingerprint(failure: Pick<Failure, 'dependency' | 'operation'>): string {
  const text = canonicalJson({ dependency: failure.dependency, operation: failure.operation });
  return createHash('sha256').update(text).digest('hex');
}

/** JSON text with sorted fields. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

import { createHash } from 'node:crypto';
import type { Failure } from '../../contract/failure.ts';

/** Digest of what a failure would do, whatever the order of its fields. */
export function fingerprint(failure: Pick<Failure, 'dependency' | 'operation'>): string {
  const text = canonical({ dependency: failure.dependency, operation: failure.operation });
  return createHash('sha256').update(text).digest('hex');
}

/** JSON text of a value, whatever the order of its fields. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names of the files in `docs/schemas`. */
export const SCHEMA_NAMES = [
  'operation-failed',
  'operation-outcome',
  'circuit-state-changed',
  'operator-acted',
] as const;

export type SchemaName = (typeof SCHEMA_NAMES)[number];

/** Reads a schema of the package. This file is one folder below its root, in the sources and in the build. */
export function readSchema(name: SchemaName): object {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../docs/schemas', `${name}.json`), 'utf8'));
}

import { join } from 'node:path';
import type { GenericSchema } from 'valibot';
import { packageRoot } from '../../lib/parts/package-root.ts';
import type { Party } from './breaking-changes.ts';
import { converted, type JsonSchema } from './json-schema.ts';
import { operationFailed } from './operation-failed.ts';
import { circuitStateChanged, operationOutcome, operatorActed } from './published.ts';

/** The JSON Schema of each event's detail, by the name of its file. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  'operation-failed': operationFailed(),
  'operation-outcome': titled('Outcome of an operation, version 1', operationOutcome),
  'circuit-state-changed': titled('Circuit State Changed, version 1', circuitStateChanged),
  'operator-acted': titled('Operator Acted, version 1', operatorActed),
};

/** Who a change of a schema must not break: producers of what Backstop takes, consumers of what it publishes. */
export function partyOf(name: string): Party {
  return name === 'operation-failed' ? 'producers' : 'consumers';
}

/** Path of the schema that was released last. */
export function releasedFileOf(name: string): string {
  return join(packageRoot(), 'tools/schemas/released', `${name}.json`);
}

/** Path of the committed schema. */
export function fileOf(name: string): string {
  return join(packageRoot(), 'docs/schemas', `${name}.json`);
}

function titled(title: string, schema: GenericSchema): JsonSchema {
  const description = 'Detail of an event of Backstop. Later versions of Backstop may add fields.';
  const { $schema, ...rest } = converted(schema);
  return { $schema, title, description, ...rest };
}

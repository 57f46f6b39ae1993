import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { pascalCase } from '../config/pascal-case.ts';
import { toDraft4 } from './draft-4.ts';

/** The schemas of the events, in a checkout and in the package. */
const FOLDERS = ['../../docs/schemas', '../docs/schemas'].map((path) => join(import.meta.dirname, path));

/** Files of the schemas, without extension. Each describes the detail of an event. */
export const EVENT_SCHEMAS = [
  'operation-failed',
  'operation-outcome',
  'circuit-state-changed',
  'operator-acted',
] as const;

/** A registry of EventBridge with the schema of each event that Backstop takes or publishes. */
export class SchemaRegistry extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const folder = FOLDERS.find((path) => existsSync(path)) ?? '';
    const { attrRegistryName } = new CfnRegistry(this, 'Registry', { description: 'Events of Backstop' });
    for (const name of EVENT_SCHEMAS) {
      const { title, ...schema } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
      const content = { $schema: 'http://json-schema.org/draft-04/schema#', title, ...toDraft4(schema) };
      new CfnSchema(this, pascalCase(name), {
        registryName: attrRegistryName,
        schemaName: pascalCase(name),
        description: `Detail of the event: ${title}`,
        type: 'JSONSchemaDraft4',
        content: JSON.stringify(content),
      });
    }
  }
}

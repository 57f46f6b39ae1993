/** Writes docs/schemas from the schemas that validate: `npm run schemas:update`. */
import { writeFileSync } from 'node:fs';
import { fileOf, SCHEMAS } from './schemas.ts';

for (const [name, schema] of Object.entries(SCHEMAS)) {
  writeFileSync(fileOf(name), `${JSON.stringify(schema, undefined, 2)}\n`);
}

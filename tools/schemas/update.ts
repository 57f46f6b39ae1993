/** Writes docs/schemas from the schemas that validate: `npm run schemas:update`. */
import { writeFileSync } from 'node:fs';
import { asyncapi } from './asyncapi.ts';
import { fileOf, SCHEMAS } from './schemas.ts';

for (const [name, document] of Object.entries({ ...SCHEMAS, asyncapi: asyncapi() })) {
  writeFileSync(fileOf(name), `${JSON.stringify(document, undefined, 2)}\n`);
}

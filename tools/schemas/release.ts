/** Keeps the schemas that `npm version` releases, so that later changes are compared with them. */
import { copyFileSync } from 'node:fs';
import { fileOf, releasedFileOf, SCHEMAS } from './schemas.ts';

for (const name of Object.keys(SCHEMAS)) copyFileSync(fileOf(name), releasedFileOf(name));

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { manifestFields } from './entries.ts';

/** Writes the entries into `package.json`. */
const file = join(packageRoot(), 'package.json');
const manifest = JSON.parse(readFileSync(file, 'utf8'));
writeFileSync(file, `${JSON.stringify({ ...manifest, ...manifestFields() }, undefined, 2)}\n`);

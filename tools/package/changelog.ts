import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { releasedChangelog } from './release.ts';

/** Moves the unreleased changes below the version that `npm version` has just written. */
const file = join(packageRoot(), 'CHANGELOG.md');
const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
const today = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
writeFileSync(file, releasedChangelog(readFileSync(file, 'utf8'), version, today));

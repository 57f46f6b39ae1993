import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { bundles } from './bundles.ts';
import { declarations } from './declarations.ts';
import { notices } from './notices.ts';

/** Writes everything that the package has besides its documents into `dist`. */
const dist = join(packageRoot(), 'dist');
const [{ files, sources }, types] = await Promise.all([bundles(), declarations()]);
rmSync(dist, { recursive: true, force: true });
for (const [path, contents] of [...files, ...types, ['THIRD-PARTY-NOTICES.txt', notices(sources)] as const]) {
  const file = join(dist, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

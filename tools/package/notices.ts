import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/parts/package-root.ts';

/** Folders of the packages that the given files belong to, relative to the root of the checkout, in their order. */
export function packagesOf(sources: Iterable<string>): readonly string[] {
  const folders = [...sources].flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)].toSorted();
}

/** The licences of all packages whose code is in the bundles, each text once. */
export function notices(sources: Iterable<string>): string {
  const byText = Map.groupBy(packagesOf(sources), licenceText);
  const sections = [...byText].map(([text, folders]) => `${folders.map(title).join('\n')}\n\n${text}`);
  return `${[INTRODUCTION, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

const INTRODUCTION = 'The files of this package contain code of the packages below, under their licences.';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(packageRoot(), folder, 'package.json'), 'utf8'));
}

function title(folder: string): string {
  const { name, version, license } = manifest(folder);
  return `${name} ${version} (${license})`;
}

/** The texts of a package that its licence asks to pass on; those with none say their licence in `package.json`. */
function licenceText(folder: string): string {
  const files = readdirSync(join(packageRoot(), folder)).filter((name) => /^(?:licen[cs]e|notice|copying)/i.test(name));
  const texts = files.toSorted().map((name) => readFileSync(join(packageRoot(), folder, name), 'utf8').trim());
  return texts.join('\n\n') || `Licence: ${manifest(folder).license}`;
}

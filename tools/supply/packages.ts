import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package that the lockfile names. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, or `unknown`. */
  readonly licence: string;
  /** Address of its sources, or `unknown`. */
  readonly repository: string;
  /** Whether the lockfile holds the digest of what an install must get. */
  readonly hasIntegrity: boolean;
  readonly hasInstallScript: boolean;
  /** Whether it is installed with the published package, and not for development only. */
  readonly isProduction: boolean;
}

interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly license?: string;
  readonly licenses?: readonly { readonly type?: string }[];
  readonly repository?: string | { readonly url?: string };
}

/** All packages of the lockfile, without the project's own. Packages for other platforms are not installed here. */
export function readPackages(root: string): readonly LockedPackage[] {
  const lock: { readonly packages: Readonly<Record<string, LockEntry>> } = readJson(join(root, 'package-lock.json'));
  return Object.entries(lock.packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && !link)
    .map(([path, entry]) => {
      const file = join(root, path, 'package.json');
      return lockedPackage(path, entry, existsSync(file) ? readJson(file) : {});
    });
}

function lockedPackage(path: string, entry: LockEntry, manifest: Manifest): LockedPackage {
  const { license, licenses = [], repository } = manifest;
  const url = typeof repository === 'string' ? repository : repository?.url;
  return {
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version: entry.version ?? 'unknown',
    licence: entry.license ?? license ?? licenses[0]?.type ?? 'unknown',
    repository: url?.replace(/^git\+/, '').replace(/\.git$/, '') ?? 'unknown',
    hasIntegrity: entry.integrity !== undefined,
    hasInstallScript: entry.hasInstallScript === true,
    isProduction: entry.dev !== true,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: npm wrote the files.
function readJson(file: string): any {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Licences that let everybody use a package under the licence of Backstop. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'MIT-0'],
]);

/** What is wrong with the production packages, a line for each. */
export function supplyProblems(packages: readonly LockedPackage[]): readonly string[] {
  return packages
    .filter(({ isProduction }) => isProduction)
    .flatMap(({ name, version, licence, hasIntegrity }) => [
      ...(ALLOWED.has(licence) ? [] : [`${name} ${version}: licence ${licence} is not listed`]),
      ...(hasIntegrity ? [] : [`${name} ${version}: the lockfile has no digest`]),
    ]);
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
  /** Whether its code is in the published package or the deployed functions, and not for development only. */
  readonly isProduction: boolean;
}

/** Folders with the code that is published or deployed. */
const PUBLISHED = ['lib', 'lambdas', 'bin'];

interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly license?: string;
  readonly licenses?: readonly { readonly type?: string }[];
  readonly repository?: string | { readonly url?: string };
}

type Lock = Readonly<Record<string, LockEntry>>;

/** All packages of the lockfile, without the project's own. Packages for other platforms are not installed here. */
export function readPackages(root: string): readonly LockedPackage[] {
  const { packages: lock }: { readonly packages: Lock } = readJson(join(root, 'package-lock.json'));
  const production = bundledIn(lock, importedIn(root));
  return Object.entries(lock)
    .filter(([path, { link }]) => path.includes('node_modules/') && !link)
    .map(([path, entry]) => {
      const file = join(root, path, 'package.json');
      return {
        ...lockedPackage(path, entry, existsSync(file) ? readJson(file) : {}),
        isProduction: production.has(path),
      };
    });
}

/** Names of the packages that the published code imports. An app brings the CDK itself. */
function importedIn(root: string): ReadonlySet<string> {
  const files = PUBLISHED.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  );
  const texts = files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8'));
  const names = texts.flatMap((text) => [...text.matchAll(/\b(?:from|import\() ?'((?:@[^/']+\/)?[\w.-]+)/g)]);
  const packages = names.map(([, name = '']) => name).filter((name) => !name.startsWith('.'));
  return new Set(packages.filter((name) => !['node', 'aws-cdk-lib', 'constructs'].includes(name)));
}

/** Paths in the lockfile of the named packages, and of all packages that they depend on. */
function bundledIn(lock: Lock, names: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (path: string | undefined): void => {
    if (path === undefined || found.has(path)) return;
    found.add(path);
    for (const name of Object.keys(lock[path]?.dependencies ?? {})) visit(pathOf(lock, name, path));
  };
  for (const name of names) visit(pathOf(lock, name, ''));
  return found;
}

/** Where Node finds a package that another one, at a path, requires. */
function pathOf(lock: Lock, name: string, from: string): string | undefined {
  const path = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (path in lock) return path;
  return from === '' ? undefined : pathOf(lock, name, from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0)));
}

function lockedPackage(path: string, entry: LockEntry, manifest: Manifest): Omit<LockedPackage, 'isProduction'> {
  const { license, licenses = [], repository } = manifest;
  const url = typeof repository === 'string' ? repository : repository?.url;
  return {
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version: entry.version ?? 'unknown',
    licence: entry.license ?? license ?? licenses[0]?.type ?? 'unknown',
    repository: url?.replace(/^git\+/, '').replace(/\.git$/, '') ?? 'unknown',
    hasIntegrity: entry.integrity !== undefined,
    hasInstallScript: entry.hasInstallScript === true,
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

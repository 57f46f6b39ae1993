import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/parts/package-root.ts';

/** What an installation takes. */
export interface Installed {
  readonly packages: number;
  readonly bytes: number;
}

/** Runtimes that an app may use. Each is a package that holds only the binary. */
export const NODES = { 20: '20.20.2', 22: '22.23.3', 24: '24.22.1' } as const;

const platform = `${process.platform}-${process.arch}`;

/** Packages that strangers have besides ours. Versions are those that Backstop is developed with, if it has them. */
export function strangersPackages(): Readonly<Record<string, string>> {
  const { devDependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  const clients = ['dynamodb', 'eventbridge', 'sqs'].map((name) => `@aws-sdk/client-${name}`);
  const same = ['aws-cdk-lib', 'constructs', 'aws-cdk', 'esbuild', '@types/node', ...clients];
  return {
    ...Object.fromEntries(same.map((name) => [name, devDependencies[name]])),
    ...Object.fromEntries(
      Object.entries(NODES).map(([major, version]) => [`node${major}`, `npm:node-${platform}@${version}`]),
    ),
    '@arethetypeswrong/cli': '0.18.5',
    '@swc/core': '1.15.0',
    '@swc/jest': '0.2.39',
    '@types/jest': '30.0.0',
    jest: '30.5.2',
    publint: '0.3.25',
    'ts-jest': '29.4.15',
    tsx: '4.23.0',
    // ts-jest needs the older one by that name.
    typescript: '5.9.3',
    typescript7: `npm:typescript@${devDependencies.typescript}`,
  };
}

/** Packs the package. @returns the path of the tarball, and what is in it */
export function pack(folder: string): { readonly tarball: string; readonly bytes: number; readonly files: number } {
  const output = npm(packageRoot(), 'pack', '--json', '--pack-destination', folder);
  const [packed] = Object.values(JSON.parse(output.slice(output.search(/^[[{]/m)))) as [Packed];
  return { tarball: join(folder, packed.filename), bytes: packed.unpackedSize, files: packed.entryCount };
}

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

/** Installs packages for a stranger, and then a tarball. @returns what the tarball has added */
export function install(folder: string, packages: Readonly<Record<string, string>>, tarball: string): Installed {
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'strangers', private: true, dependencies: packages }),
  );
  npm(folder, 'install', '--no-audit', '--no-fund', '--ignore-scripts');
  const before = installed(folder);
  npm(folder, 'install', '--no-audit', '--no-fund', '--ignore-scripts', tarball);
  const after = installed(folder);
  return { packages: after.packages - before.packages, bytes: after.bytes - before.bytes };
}

function installed(folder: string): Installed {
  const root = join(folder, 'node_modules');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name));
  const stats = names.map((name) => lstatSync(name));
  const bytes = stats.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
  const lock = JSON.parse(readFileSync(join(root, '.package-lock.json'), 'utf8'));
  return { packages: Object.keys(lock.packages).length, bytes };
}

function npm(cwd: string, ...args: readonly string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 });
}

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { constructs } from '../package/bundles.ts';
import { ENTRIES } from '../package/entries.ts';
import { median } from './stopwatch.ts';

const ROUNDS = 7;
const run = promisify(execFile);

/** Module systems of apps, each with how it imports modules. */
export const SYSTEMS = {
  'ES module': { extension: 'mjs', own: './index.js', load: (name: string) => `await import('${name}');` },
  CommonJS: { extension: 'cjs', own: './index.cjs', load: (name: string) => `require('${name}');` },
} as const;

export type ModuleSystem = keyof typeof SYSTEMS;

export interface ImportTimes {
  /** The modules of the CDK that Backstop uses, without Backstop. */
  readonly cdk: number;
  /** The same modules, through Backstop. */
  readonly backstop: number;
}

/**
 * Median milliseconds of computing to import the package as an app does, and the same modules of the CDK alone. Each
 * import has its own process. Time in which the process waits for a processor doesn't count.
 */
export async function importTimes(system: ModuleSystem): Promise<ImportTimes> {
  // Inside the project, so that Node finds the packages.
  const folder = mkdtempSync(join(packageRoot(), 'node_modules', '.bench-'));
  try {
    const modules = await writeConstructs(folder);
    const { load, own } = SYSTEMS[system];
    const code = { cdk: modules.map(load).join('\n'), backstop: load(own) };
    const times = { cdk: [] as number[], backstop: [] as number[] };
    // Skips the first round, which reads the files into the cache of the system.
    for (let round = -1; round < ROUNDS; round++) {
      for (const what of ['cdk', 'backstop'] as const) {
        const time = await timed(join(folder, `${what}.${SYSTEMS[system].extension}`), code[what]);
        if (round >= 0) times[what].push(time);
      }
    }
    return { cdk: median(times.cdk), backstop: median(times.backstop) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Bundles the constructs as the package has them. @returns the modules of the CDK that they import */
export async function writeConstructs(folder: string): Promise<readonly string[]> {
  const { files } = await constructs('index', ENTRIES['.'].source);
  for (const [name, contents] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const code = Buffer.from(files.get('index.cjs') ?? '').toString();
  const names = code.matchAll(/\brequire\("((?:aws-cdk-lib|constructs)[^"]*)"\)/g);
  return [...new Set([...names].map(([, name = '']) => name))];
}

async function timed(file: string, imports: string): Promise<number> {
  writeFileSync(file, `${imports}\nconst { user, system } = process.cpuUsage();\nconsole.log(user + system);`);
  const { stdout } = await run(process.execPath, [file]);
  return Number(stdout) / 1_000;
}

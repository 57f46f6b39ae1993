import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './stopwatch.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROUNDS = 7;
const run = promisify(execFile);

export const CDK = 'the CDK, as Backstop uses it';
export const BACKSTOP = 'the same, through Backstop';

/**
 * Median milliseconds of computing to import the package as an app does, and the same modules of the CDK alone. Each
 * import has its own process. Time in which the process waits for a processor doesn't count.
 */
export async function importTimes(): Promise<Record<string, number>> {
  // Inside the project, so that Node finds the packages.
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.bench-'));
  try {
    await buildPackage(folder);
    const code = { [CDK]: importsOf(modulesOfTheCdk(folder)), [BACKSTOP]: importsOf(['./lib/index.js']) };
    const times: Record<string, number[]> = { [CDK]: [], [BACKSTOP]: [] };
    // Skips the first round, which reads the files into the cache of the system.
    for (let round = -1; round < ROUNDS; round++) {
      for (const [name, text] of Object.entries(code)) {
        const time = await timed(folder, text);
        if (round >= 0) times[name]?.push(time);
      }
    }
    return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Compiles the package as `npm run build` does. */
async function buildPackage(folder: string): Promise<void> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', folder]);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
}

/** The modules of the CDK that the package imports. */
function modulesOfTheCdk(folder: string): readonly string[] {
  const files = readdirSync(join(folder, 'lib'), { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(folder, 'lib', file), 'utf8'));
  const names = sources.flatMap((source) => [
    ...source.matchAll(/^import .* from '((?:aws-cdk-lib|constructs)[^']*)'/gm),
  ]);
  return [...new Set(names.map(([, name = '']) => name))];
}

function importsOf(modules: readonly string[]): string {
  return modules.map((name) => `await import('${name}');`).join('\n');
}

async function timed(folder: string, imports: string): Promise<number> {
  const file = join(folder, 'measured.js');
  writeFileSync(file, `${imports}\nconst { user, system } = process.cpuUsage();\nconsole.log(user + system);`);
  const { stdout } = await run(process.execPath, [file]);
  return Number(stdout) / 1_000;
}

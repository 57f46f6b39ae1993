import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildSync, type Metafile } from 'esbuild';
import { bundledIntoOneFile, writeFunctions } from './one-file.ts';
import { median } from './stopwatch.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROUNDS = 15;
const run = promisify(execFile);

export const REPORT = 'with `report`';
export const ONE_FILE = 'with `report`, in one file';
export const NOTHING = 'a function without it';
export const REQUEST = 'a function that makes a request without it';
export const FIRST_CALL = 'with `report`, and its first call';
export const FIRST_REPORT = 'with `report`, and its first report';
export const CLIENT = 'with the client of EventBridge';

/** Needs no network, so only what a request loads counts. */
const ANSWER = "const fetch = async (status = 200) => new Response('{}', { status })";

const IMPORTS: Readonly<Record<string, string>> = {
  [NOTHING]: '',
  [REPORT]: "export { backstop } from './lambdas/adapters/report/library.ts';",
  [REQUEST]: `${ANSWER}; new Headers(); AbortSignal.timeout(5_000); await fetch();`,
  [FIRST_CALL]: callAnswered(200),
  [FIRST_REPORT]: callAnswered(503),
  [CLIENT]:
    "import { EventBridgeClient } from '@aws-sdk/client-eventbridge'; export const client = new EventBridgeClient({});",
};

/** A module that makes a call at its start. */
function callAnswered(status: number): string {
  return `import { backstop, memoryReports } from './lambdas/adapters/report/library.ts';
    ${ANSWER};
    await backstop('payments', { reports: memoryReports(), fetch: () => fetch(${status}) }).fetch('/charges', { id: 'a', body: {} }).catch(() => {});`;
}

/** Median milliseconds of computing to load a bundled function, each in a process of its own. */
export async function startTimes(): Promise<Readonly<Record<string, number>>> {
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.bench-'));
  try {
    const split = Object.keys(IMPORTS).map(
      (name, index) => [name, bundled(name, join(folder, String(index)))] as const,
    );
    const files = [...split, [ONE_FILE, await inOneFile(join(folder, 'one'))] as const];
    const times = new Map<string, number[]>(files.map(([name]) => [name, []]));
    // Skips the first round, which reads the files into the cache of the system.
    for (let round = -1; round < ROUNDS; round++)
      for (const [name, file] of files) {
        const time = await timed(file);
        if (round >= 0) times.get(name)?.push(time);
      }
    return Object.fromEntries([...times].map(([name, values]) => [name, median(values)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Minified bytes of a function with `report` in one file, as `NodejsFunction` makes it. Without the SDK. */
export async function bytesInOneFile(): Promise<number> {
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.bench-'));
  try {
    await writeFunctions(folder);
    const { length } = await bundledIntoOneFile(folder, ONE_FILE_CODE);
    return length;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ONE_FILE_CODE = "export { backstop } from './report.js';";

async function inOneFile(folder: string): Promise<string> {
  await writeFunctions(folder);
  writeFileSync(join(folder, 'stdin.cjs'), await bundledIntoOneFile(folder, ONE_FILE_CODE));
  return measuredImport(folder, './stdin.cjs');
}

/** Minified bytes that a function with `report` loads at its start, and what else it imports at once. */
export function loadedAtStart(): { readonly bytes: number; readonly packages: readonly string[] } {
  const { outputs } = bundle(REPORT, { packages: 'external', write: false }).metafile ?? { outputs: {} };
  const entry = Object.keys(outputs).find((name) => outputs[name]?.entryPoint !== undefined) ?? '';
  const files = staticallyFrom(entry, outputs);
  const imports = [...files].flatMap((name) => outputs[name]?.imports ?? []);
  return {
    bytes: [...files].reduce((sum, name) => sum + (outputs[name]?.bytes ?? 0), 0),
    packages: imports.filter(({ kind, external }) => external && kind !== 'dynamic-import').map(({ path }) => path),
  };
}

function staticallyFrom(entry: string, outputs: Metafile['outputs'], seen = new Set<string>()): ReadonlySet<string> {
  seen.add(entry);
  for (const { path, kind, external } of outputs[entry]?.imports ?? [])
    if (kind === 'import-statement' && !external && !seen.has(path)) staticallyFrom(path, outputs, seen);
  return seen;
}

function bundled(name: string, outdir: string): string {
  bundle(name, { outdir });
  writeFileSync(join(outdir, 'package.json'), JSON.stringify({ type: 'module' }));
  return measuredImport(outdir, './stdin.js');
}

/** Writes a program that imports a file and prints the time of computing. */
function measuredImport(folder: string, imported: string): string {
  const file = join(folder, 'measured.js');
  writeFileSync(
    file,
    `await import('${imported}');\nconst { user, system } = process.cpuUsage();\nconsole.log(user + system);`,
  );
  return resolve(file);
}

function bundle(
  name: string,
  options: { readonly outdir?: string; readonly write?: false; readonly packages?: 'external' },
) {
  return buildSync({
    stdin: { contents: IMPORTS[name] ?? '', resolveDir: ROOT, loader: 'ts' },
    absWorkingDir: ROOT,
    outdir: 'nowhere',
    bundle: true,
    minify: true,
    splitting: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // CommonJS parts of the SDK ask for built-in modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
    ...options,
  });
}

async function timed(file: string): Promise<number> {
  const { stdout } = await run(process.execPath, [file]);
  return Number(stdout) / 1_000;
}

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { ENTRIES, fileOf } from './entries.ts';

/**
 * The types of all entries by file name, one file for each entry and module system. A file holds every type that it
 * mentions, except those of the CDK, so a compiler needs no other package.
 */
export async function declarations(): Promise<ReadonlyMap<string, string>> {
  const folder = mkdtempSync(join(packageRoot(), 'node_modules', '.declarations-'));
  try {
    await compile(folder);
    const files = await Promise.all(Object.entries(ENTRIES).map((entry) => filesOf(folder, entry)));
    return new Map(files.flat());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compile(folder: string): Promise<void> {
  const compiler = join(packageRoot(), 'node_modules/typescript/bin/tsc');
  const config = join(packageRoot(), 'tsconfig.build.json');
  await promisify(execFile)(process.execPath, [compiler, '-p', config, '--outDir', folder]);
}

async function filesOf(
  folder: string,
  [subpath, { source, holds }]: [string, (typeof ENTRIES)[keyof typeof ENTRIES]],
): Promise<readonly (readonly [string, string])[]> {
  const name = fileOf(subpath);
  const text = await bundled(join(folder, source.replace(/\.ts$/, '.d.ts')));
  const module = holds === 'constructs' ? `export * from './${name}.cjs';\n` : text;
  return [
    [`${name}.d.cts`, text],
    [`${name}.d.ts`, module],
  ];
}

async function bundled(file: string): Promise<string> {
  const bundle = await rolldown({
    input: file,
    external: (id) => !/^[./]/.test(id),
    // Otherwise, an import whose types nobody needs stays as one for its side effects.
    treeshake: { moduleSideEffects: false },
    plugins: [dts({ generator: 'oxc', emitDtsOnly: true, tsconfig: false })],
  });
  const { output } = await bundle.generate();
  return output[0].code;
}

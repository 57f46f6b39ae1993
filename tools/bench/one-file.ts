import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { functions } from '../package/bundles.ts';

/** Writes the code of the package for users' functions into a folder, as `npm run build` does. */
export async function writeFunctions(folder: string): Promise<void> {
  const { files } = await functions();
  for (const [name, contents] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
}

/** Bundles a user's function into one minified file, by the options of the CDK's `NodejsFunction`. */
export async function bundledIntoOneFile(folder: string, code: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    external: ['@aws-sdk/*', '@smithy/*'],
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

import { basename, join } from 'node:path';
import { type BuildOptions, build, buildSync, type OutputFile } from 'esbuild';
import { packageRoot } from './package-root.ts';
import { type ZipFile, zipOf } from './zip.ts';

/** Bundles by source folder, because all apps of a process share the handlers. */
const BUILT = new Map<string, readonly ZipFile[]>();
const ZIPPED = new WeakMap<readonly ZipFile[], Uint8Array>();

/**
 * Bundles the handlers from their sources into one archive. The package has `packaged-handler-files.ts` in place of
 * this module. It reads the archive that the build of the package has made, so an app needs no bundler.
 *
 * @param handlers names of the handlers
 * @param folder sources of the handlers
 */
export function handlerArchive(handlers: readonly string[], folder?: string): Uint8Array {
  const files = handlerFiles(handlers, folder);
  const archive = ZIPPED.get(files) ?? zipOf(files);
  ZIPPED.set(files, archive);
  return archive;
}

/**
 * Bundles the handlers from their sources.
 *
 * @param handlers names of the handlers
 * @param folder sources of the handlers
 */
export function handlerFiles(
  handlers: readonly string[],
  folder: string = join(packageRoot(), 'lambdas'),
): readonly ZipFile[] {
  const files = BUILT.get(folder) ?? published(buildSync(optionsFor(handlers, folder)).outputFiles);
  BUILT.set(folder, files);
  return files;
}

/** Bundles the handlers while the caller loads what a synth needs. {@link handlerFiles} then has them at once. */
export async function bundleAhead(
  handlers: readonly string[],
  folder: string = join(packageRoot(), 'lambdas'),
): Promise<readonly ZipFile[]> {
  const files = published((await build(optionsFor(handlers, folder))).outputFiles);
  BUILT.set(folder, files);
  return files;
}

/**
 * Bundles all handlers in one call, because a call for each makes synth slow. Splitting lets a function load only the
 * parts of the SDK that it needs.
 */
function optionsFor(handlers: readonly string[], folder: string) {
  return {
    absWorkingDir: folder,
    entryPoints: handlers.map((name) => `./${name}`),
    // esbuild writes nothing here. Source maps hold paths relative to it, and a temporary folder would change the hash
    // of the asset.
    outdir: folder,
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    // By default, esbuild prefers CommonJS for `node`, which it can't tree-shake.
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    // A stack trace needs only names and lines. The text would double the asset and publish the source.
    sourcesContent: false,
    logLevel: 'silent',
  } as const satisfies BuildOptions;
}

function published(outputFiles: readonly OutputFile[]): readonly ZipFile[] {
  return withoutForeignMaps(outputFiles.map(({ path, contents }) => ({ name: basename(path), contents })));
}

/** Leaves out the maps of files that hold only code of packages: they are half of all, and nobody debugs there. */
function withoutForeignMaps(files: readonly ZipFile[]): readonly ZipFile[] {
  const foreign = new Set(files.filter(isForeignMap).map(({ name }) => name));
  return files
    .filter(({ name }) => !foreign.has(name))
    .map(({ name, contents }) => ({ name, contents: foreign.has(`${name}.map`) ? withoutLink(contents) : contents }));
}

/** Cuts off the last line, which names the map. */
function withoutLink(contents: Uint8Array): Uint8Array {
  return contents.subarray(0, Buffer.from(contents).lastIndexOf('//# sourceMappingURL='));
}

function isForeignMap({ name, contents }: ZipFile): boolean {
  if (!name.endsWith('.map')) return false;
  const { sources }: { readonly sources: readonly string[] } = JSON.parse(Buffer.from(contents).toString());
  return sources.every((source) => source.includes('node_modules/'));
}

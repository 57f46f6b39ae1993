import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';
import { type BuildOptions, build, buildSync, type OutputFile } from 'esbuild';

/** The globals that a module sees instead of the process's own. */
export interface HandlerGlobals {
  readonly process: NodeJS.Process;
  readonly console: Console;
  readonly fetch: typeof fetch;
  readonly setTimeout: (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => unknown;
  readonly setInterval: HandlerGlobals['setTimeout'];
  readonly setImmediate: (callback: (...args: unknown[]) => void, ...args: unknown[]) => unknown;
}

/** Replacements for built-in Node modules, by name without `node:`. */
export type Builtins = Readonly<Record<string, unknown>>;

interface Module {
  exports: unknown;
}

type Factory = (module: Module, exports: unknown, require: (id: string) => unknown, ...globals: unknown[]) => void;

const GLOBALS = ['process', 'console', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'] as const;

/** Compiled modules by their name and code. Versions of a function share what they have in common. */
const compiled = new Map<string, Factory>();

/** Compiled modules by their path, for each folder. Nobody changes an assembly while it runs. */
const loaded = new Map<string, ReadonlyMap<string, Factory>>();

/**
 * Loads a function's entry and its imports for one instance. Instances share no module state.
 * The process compiles each module once, as a function, and calls it with the globals of each instance. Top-level
 * `await` can't run that way.
 * @returns the exports of the entry
 */
export function loadHandlers(
  file: string,
  globals: HandlerGlobals,
  builtins: Builtins,
): Readonly<Record<string, unknown>> {
  const factories = factoriesOf(dirname(file));
  const modules = new Map<string, Module>();
  const load = (path: string): unknown => {
    const known = modules.get(path);
    if (known !== undefined) return known.exports;
    const factory = factories.get(path);
    if (factory === undefined) throw new Error(`there is no module ${path}`);
    const module: Module = { exports: {} };
    modules.set(path, module);
    const require = (id: string): unknown => {
      if (id.startsWith('.')) return load(join(dirname(path), id));
      const builtin = builtins[id.replace(/^node:/, '')] ?? process.getBuiltinModule(id);
      return builtin ?? createRequire(path)(id);
    };
    const meta = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
    factory(module, module.exports, require, meta, ...GLOBALS.map((name) => globals[name]));
    return module.exports;
  };
  return load(file) as Readonly<Record<string, unknown>>;
}

/**
 * Compiles the modules of a folder while the caller does other work. A cloud that runs the same code has them at once.
 */
export async function compileAhead(folder: string): Promise<void> {
  const missing = contentsOf(folder).filter(({ key }) => !compiled.has(key));
  const { outputFiles } = await build(optionsFor(folder, missing));
  keep(outputFiles, folder, missing);
}

/** Compiles the modules of a folder to functions, by path. */
function factoriesOf(folder: string): ReadonlyMap<string, Factory> {
  const known = loaded.get(folder);
  if (known !== undefined) return known;
  const contents = contentsOf(folder);
  const missing = contents.filter(({ key }) => !compiled.has(key));
  if (missing.length > 0) keep(buildSync(optionsFor(folder, missing)).outputFiles, folder, missing);
  const factories = new Map(contents.map(({ name, key }) => [join(folder, name), compiled.get(key) as Factory]));
  loaded.set(folder, factories);
  return factories;
}

interface Contents {
  readonly name: string;
  /** The name, and a hash of the code. */
  readonly key: string;
}

/** The modules of a folder. */
function contentsOf(folder: string): readonly Contents[] {
  const names = readdirSync(folder).filter((name) => /\.[cm]?js$/.test(name));
  return names.map((name) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    return { name, key: `${name} ${hash}` };
  });
}

function optionsFor(folder: string, modules: readonly Contents[]) {
  return {
    absWorkingDir: folder,
    entryPoints: modules.map(({ name }) => `./${name}`),
    outdir: folder,
    write: false,
    bundle: false,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    // `import()` becomes `require`, so that it finds the modules of the same instance.
    supported: { 'dynamic-import': false },
    define: { 'import.meta': '__meta' },
    outExtension: { '.js': '.cjs' },
    logLevel: 'silent',
  } as const satisfies BuildOptions;
}

/** Evaluates compiled modules, and keeps their functions. */
function keep(outputFiles: readonly OutputFile[], folder: string, modules: readonly Contents[]): void {
  const parameters = ['module', 'exports', 'require', '__meta', ...GLOBALS].join(', ');
  for (const [index, { name, key }] of modules.entries()) {
    const code = `(function (${parameters}) {${outputFiles[index]?.text}\n})`;
    compiled.set(key, runInThisContext(code, { filename: join(folder, name) }) as Factory);
  }
}

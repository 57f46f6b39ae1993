import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { bundlePage } from '../../bin/console/page-files.ts';
import { handlerArchive, handlerFiles } from '../../lib/parts/handler-files.ts';
import { HANDLERS } from '../../lib/parts/handler-names.ts';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { ENTRIES, fileOf } from './entries.ts';

/** Files of the package's code. */
export interface Bundles {
  /** Contents by path in `dist`. */
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  /** Paths of the files that went into them, relative to the root of the checkout. */
  readonly sources: ReadonlySet<string>;
}

/** Packages that an app brings itself. */
const PEERS = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'];

/** Clients of the SDK: an app has those that its functions need. */
const CLIENTS = ['@aws-sdk/client-*'];

const COMMON: BuildOptions = {
  absWorkingDir: packageRoot(),
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  // The oldest Node that an app may use.
  target: 'node20.20',
  // By default, esbuild prefers CommonJS for `node`, which it can't tree-shake.
  mainFields: ['module', 'main'],
  // What the licences ask for is in a file of its own.
  legalComments: 'none',
  logLevel: 'silent',
};

/** Bundles all code of the package. */
export async function bundles(): Promise<Bundles> {
  const parts = await Promise.all([
    ...entriesThatHold('constructs').map(([name, source]) => constructs(name, source)),
    functions(),
    tool(),
  ]);
  const all = [...parts, handlers()];
  return {
    files: new Map(all.flatMap(({ files }) => [...files])),
    sources: new Set(all.flatMap(({ sources }) => [...sources])),
  };
}

/** Names of files and sources. */
function entriesThatHold(what: 'constructs' | 'functions'): readonly (readonly [name: string, source: string])[] {
  return Object.entries(ENTRIES).flatMap(([subpath, { source, holds }]) =>
    holds === what ? [[fileOf(subpath), source] as const] : [],
  );
}

/**
 * Constructs, in CommonJS as the CDK itself. There an app loads only those modules of the CDK that it uses. The ES
 * module passes the same objects on, so both see the same classes.
 */
export async function constructs(name: string, source: string): Promise<Bundles> {
  const { files, sources } = await bundle(source, {
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    entryNames: name,
    external: PEERS,
    plugins: [PACKAGED],
    define: { 'import.meta.dirname': '__dirname' },
  });
  return { files: new Map([...files, [`${name}.js`, `export * from './${name}.cjs';\n`]]), sources };
}

/** Reads the handlers from the package, which has no sources to bundle. */
const PACKAGED: Plugin = {
  name: 'packaged',
  setup({ onResolve }) {
    onResolve({ filter: /\/handler-files\.ts$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, 'packaged-handler-files.ts'),
    }));
  },
};

/**
 * Code for an app's functions, for both module systems. The clients of the SDK are optional peers: the runtime of
 * Lambda has them, and a function that uses one should not load it twice. ES modules share what several entries hold.
 */
export async function functions(): Promise<Bundles> {
  const entryPoints = Object.fromEntries(entriesThatHold('functions'));
  const common = { minify: true, external: CLIENTS } as const;
  const [esm, cjs] = await Promise.all([
    bundle(entryPoints, { ...common, format: 'esm', splitting: true }),
    bundle(entryPoints, { ...common, format: 'cjs', outExtension: { '.js': '.cjs' } }),
  ]);
  return { files: new Map([...esm.files, ...cjs.files]), sources: new Set([...esm.sources, ...cjs.sources]) };
}

/**
 * The operator's tool, in parts: a start loads only the command that it runs. Some of its packages are in CommonJS, and
 * require modules of Node.
 */
async function tool(): Promise<Bundles> {
  const require = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  const options: BuildOptions = {
    format: 'esm',
    minify: true,
    splitting: true,
    banner: { js: require },
    external: ['esbuild'],
  };
  const [{ files, sources }, page] = await Promise.all([bundle('bin/backstop.ts', options), bundlePage()]);
  return { files: new Map([...files, ...page.files]), sources: new Set([...sources, ...page.sources]) };
}

/** The handlers, as an archive to which synth adds the settings. */
function handlers(): Bundles {
  const maps = handlerFiles(HANDLERS).filter(({ name }) => name.endsWith('.map'));
  const sources = maps.flatMap(({ contents }): string[] => JSON.parse(Buffer.from(contents).toString()).sources);
  return {
    files: new Map([['handlers.zip', handlerArchive(HANDLERS)]]),
    sources: new Set(sources.map((source) => join('lambdas', source))),
  };
}

/** @param source one file, or files by the name of their bundle */
async function bundle(source: string | Readonly<Record<string, string>>, options: BuildOptions): Promise<Bundles> {
  const { outputFiles, metafile } = await build({
    ...COMMON,
    ...options,
    entryPoints: typeof source === 'string' ? [source] : { ...source },
    write: false,
    metafile: true,
  });
  const dist = join(packageRoot(), 'dist');
  const files = outputFiles.map(({ path, contents }) => [path.slice(dist.length + 1), contents] as const);
  return { files: new Map(files), sources: sourcesOf(metafile) };
}

function sourcesOf({ outputs }: Metafile): ReadonlySet<string> {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  return new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path));
}

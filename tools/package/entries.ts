/** Name of the package in the registry. */
export const PACKAGE = '@backstop-cdk/backstop';

interface Entry {
  /** Source file, in the repository. */
  readonly source: string;
  /**
   * `constructs` run at synth beside the app's own CDK. `functions` is code for an app's functions: it has all that it
   * needs but the clients of the SDK.
   */
  readonly holds: 'constructs' | 'functions';
}

/** What an app can import, by subpath. To add an entry, write a line here and run `npm run package:exports`. */
export const ENTRIES = {
  '.': { source: 'lib/index.ts', holds: 'constructs' },
  './circuit': { source: 'lambdas/adapters/circuit/library.ts', holds: 'functions' },
  './report': { source: 'lambdas/adapters/report/library.ts', holds: 'functions' },
} as const satisfies Readonly<Record<string, Entry>>;

type Subpath = keyof typeof ENTRIES;

/** The name by which an app imports an entry, such as `@backstop-cdk/backstop/circuit`. */
export type EntryPoint = Subpath extends `.${infer Rest}` ? `${typeof PACKAGE}${Rest}` : never;

/** Source files by {@link EntryPoint}. */
export const ENTRY_POINTS = Object.fromEntries(
  Object.entries(ENTRIES).map(([subpath, { source }]) => [subpath.replace('.', PACKAGE), source]),
) as Readonly<Record<EntryPoint, string>>;

/** Name of an entry's files in `dist`, without an extension. */
export function fileOf(subpath: string): string {
  return subpath === '.' ? 'index' : subpath.replace('./', '');
}

/** The fields of `package.json` by which runtimes, compilers and bundlers find the entries. */
export function manifestFields() {
  const exported = Object.keys(ENTRIES).map((subpath) => [subpath, conditions(`./dist/${fileOf(subpath)}`)]);
  const others = Object.keys(ENTRIES).filter((subpath) => subpath !== '.');
  return {
    // Whatever an app imports and doesn't use, its bundler leaves out. The tool is a program, and runs when it loads.
    sideEffects: ['./dist/backstop.js'],
    main: './dist/index.cjs',
    types: './dist/index.d.cts',
    // For `moduleResolution: node10`, which knows no exports.
    typesVersions: { '*': Object.fromEntries(others.map(fileOf).map((name) => [name, [`./dist/${name}.d.cts`]])) },
    exports: { ...Object.fromEntries(exported), './package.json': './package.json' },
  };
}

/** Each module system has its own types, because a compiler takes the extension for the system. */
function conditions(file: string) {
  return {
    import: { types: `${file}.d.ts`, default: `${file}.js` },
    require: { types: `${file}.d.cts`, default: `${file}.cjs` },
  };
}

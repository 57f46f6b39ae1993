import { ENTRY_POINTS, type EntryPoint } from '../package/entries.ts';
import { type Declaration, publicDeclarations } from './public-api.ts';

/**
 * The examples of all public names, each as its own module, by file name.
 * An example can use every public name, `App`, `Duration` and `Stack` of the CDK, a `stack`, and a `pipeline`. It
 * imports or declares the rest.
 */
export function exampleModules(): ReadonlyMap<string, string> {
  const entries = Object.keys(ENTRY_POINTS) as EntryPoint[];
  const names = entries.map((entry) => [entry, publicDeclarations(entry)] as const);
  const imports = (code: string) =>
    names.map(([entry, declarations]) => importsOf(code, entry, declarations)).join('\n');
  const examples = names.flatMap(([, declarations]) =>
    declarations.flatMap((declaration) => declaration.examples.map((code) => ({ name: declaration.name, code }))),
  );
  // The number tells apart names that differ in case alone.
  const modules = examples.map(
    ({ name, code }, n) => [`${n}-${name}.ts`, `${PRELUDE}\n${imports(code)}\n${given(code)}\n${code}\n`] as const,
  );
  return new Map(modules);
}

const PRELUDE = "import { App, Duration, Stack } from 'aws-cdk-lib';";

const GIVEN = { stack: 'Stack', pipeline: 'ResiliencePipeline' };

function given(code: string): string {
  const missing = Object.entries(GIVEN).filter(([name]) => !new RegExp(`\\bconst ${name}\\b`).test(code));
  return missing.map(([name, type]) => `declare const ${name}: ${type};`).join('\n');
}

/** Imports all names of an entry but those that the example declares itself. */
function importsOf(code: string, entry: EntryPoint, declarations: readonly Declaration[]): string {
  const names = declarations.map(({ name }) => name).filter((name) => !new RegExp(`\\bconst ${name}\\b`).test(code));
  return `import { ${names.join(', ')} } from '${entry}';`;
}

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
  const imports = names.map(([entry, declarations]) => importAll(entry, declarations)).join('\n');
  const modules = names.flatMap(([, declarations]) =>
    declarations.flatMap(({ name, examples }, place) =>
      examples.map(
        // Some names differ by case only, and file systems may not.
        (code, index) =>
          [`${place}-${name}-${index + 1}.ts`, `${PRELUDE}\n${imports}\n${given(code)}\n${code}\n`] as const,
      ),
    ),
  );
  return new Map(modules);
}

const PRELUDE = "import { App, Duration, Stack } from 'aws-cdk-lib';";

const GIVEN = { stack: 'Stack', pipeline: 'ResiliencePipeline' };

function given(code: string): string {
  const missing = Object.entries(GIVEN).filter(([name]) => !new RegExp(`\\bconst ${name}\\b`).test(code));
  return missing.map(([name, type]) => `declare const ${name}: ${type};`).join('\n');
}

function importAll(entry: EntryPoint, declarations: readonly Declaration[]): string {
  return `import { ${declarations.map(({ name }) => name).join(', ')} } from '${entry}';`;
}

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** Source texts, by path in the repository. */
export type Sources = ReadonlyMap<string, string>;

/** One import, including type imports: the importing file, and the imported file or package. */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly isPackage: boolean;
}

/**
 * Matches static imports in Biome's format, where a statement starts its line. Dynamic imports and imports in types can
 * be anywhere.
 */
const STATEMENT = /^(?:import|export)\b[^'";]*\bfrom '([^']+)'|^import '([^']+)'/gm;
const EXPRESSION = /\b(?:import|require)\('([^']+)'\)/g;
/** Loads a file that only a run can name. */
const HIDDEN = /\bcreateRequire\b|\bgetBuiltinModule\b|\b(?:import|require)\((?!')/;
const COMMENT = /^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** Returns all imports of the given files. */
export function importsOf(sources: Sources): readonly Import[] {
  return [...sources].flatMap(([from, text]) => {
    const code = codeOf(text);
    const found = [...code.matchAll(STATEMENT), ...code.matchAll(EXPRESSION)];
    return found.map(([, first, second]) => target(from, first ?? second ?? ''));
  });
}

/** Whether a text loads a file or a package that {@link importsOf} can't see. */
export function hidesImports(text: string): boolean {
  return HIDDEN.test(codeOf(text));
}

function codeOf(text: string): string {
  return text.replace(COMMENT, '');
}

function target(from: string, specifier: string): Import {
  const isPackage = !specifier.startsWith('.');
  return { from, to: isPackage ? specifier : posix.join(dirname(from), specifier), isPackage };
}

/** Reads the TypeScript files below some folders. */
export function sourcesBelow(root: string, folders: readonly string[]): Sources {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => posix.join(folder, name)),
  );
  return new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

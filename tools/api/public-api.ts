import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isolatedDeclarationSync } from 'rolldown/experimental';
import { parseAst } from 'rolldown/parseAst';
import { ENTRY_POINTS, type EntryPoint } from '../package/entries.ts';

/** Root folder of the repository. */
export const ROOT = join(import.meta.dirname, '../..');

/** One declaration, as an editor shows it for the compiled package. */
export interface Declaration {
  readonly name: string;
  /** Path in the repository. */
  readonly file: string;
  /** Source text without comments and private members. */
  readonly text: string;
  /** Docstring without the stars. Empty if there is none. */
  readonly docs: string;
  /** Code of each `@example`, including those of members. */
  readonly examples: readonly string[];
  /** Files of this repository with types that the text may mention, by type name. */
  readonly imports: ReadonlyMap<string, string>;
}

/** All public names of an entry point. */
export function publicDeclarations(entry: EntryPoint): readonly Declaration[] {
  const file = ENTRY_POINTS[entry];
  const { exports } = moduleAt(file);
  const found = [...exports].map(([name, from]) => declarationOf(name, from));
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Types that the given declarations mention but don't include. An app can index them, as in `SagaProps['steps']`, but
 * can't construct them.
 */
export function reachedFrom(given: readonly Declaration[]): readonly Declaration[] {
  const all = new Map(given.map((declaration) => [declaration.name, declaration]));
  for (const { text, file, imports } of all.values()) {
    const local = moduleAt(file).declarations;
    for (const [word] of text.matchAll(/\b[A-Z]\w+\b/g)) {
      const from = imports.get(word) ?? (local.has(word) ? file : undefined);
      if (from !== undefined && !all.has(word)) all.set(word, declarationOf(word, from));
    }
  }
  const reached = [...all.values()].filter((declaration) => !given.includes(declaration));
  return reached.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

type Found = Pick<Declaration, 'text' | 'docs' | 'examples'>;

interface Module {
  /** The file that declares each exported name. */
  readonly exports: ReadonlyMap<string, string>;
  readonly imports: ReadonlyMap<string, string>;
  readonly declarations: ReadonlyMap<string, Found>;
}

const modules = new Map<string, Module>();

function moduleAt(file: string): Module {
  const known = modules.get(file);
  if (known) return known;
  const module = readModule(file);
  modules.set(file, module);
  return module;
}

/**
 * Reads a module's exports. Works without a type checker, to be fast. So exports must be explicit and have written
 * types.
 * @throws Error that names the exports that don't comply
 */
function readModule(file: string): Module {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const { code, errors } = isolatedDeclarationSync(file, source, { stripInternal: true });
  const [error] = errors;
  if (error) throw new Error(`${file}: the public API reaches an export without a written type\n${error.codeframe}`);
  const exports = new Map<string, string>();
  const imports = new Map<string, string>();
  const declarations = new Map<string, Found>();
  let end = 0;
  for (const statement of parseAst(code, { lang: 'dts' }).body) {
    const before = code.slice(end, statement.start);
    end = statement.end;
    if (statement.type === 'ExportAllDeclaration' || statement.type === 'ExportDefaultDeclaration') {
      throw new Error(`${file}: export each name by itself, so that the public API is explicit`);
    } else if (statement.type === 'ImportDeclaration') {
      const from = target(file, statement.source.value);
      if (from) for (const { local } of statement.specifiers) imports.set(local.name, from);
    } else if (statement.type === 'ExportNamedDeclaration' && !statement.declaration) {
      const from = statement.source && target(file, statement.source.value);
      for (const { exported, local } of statement.specifiers) {
        if (exported.type !== 'Identifier' || local.type !== 'Identifier') continue;
        exports.set(exported.name, from ?? imports.get(local.name) ?? file);
      }
    } else {
      const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
      const name = declared && 'id' in declared && declared.id?.type === 'Identifier' ? declared.id.name : undefined;
      if (name === undefined) continue;
      if (statement.type === 'ExportNamedDeclaration') exports.set(name, file);
      const found = describe(before, code.slice(statement.start, statement.end));
      declarations.set(name, withOverload(declarations.get(name), found));
    }
  }
  return { exports, imports, declarations };
}

function declarationOf(name: string, file: string): Declaration {
  const { exports, imports, declarations } = moduleAt(file);
  const found = declarations.get(name);
  if (found) return { name, file, ...found, imports };
  const from = exports.get(name) ?? imports.get(name);
  if (from === undefined || from === file) throw new Error(`${file} declares no ${name}`);
  return declarationOf(name, from);
}

/** Resolves a specifier to a file of this repository. Undefined for a package. */
function target(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
}

function describe(before: string, text: string): Found {
  const docs = docstrings(before).at(-1) ?? '';
  return { text: signature(text), docs, examples: [docs, ...docstrings(text)].flatMap(examplesIn) };
}

function withOverload(first: Found | undefined, next: Found): Found {
  if (!first) return next;
  const { text, docs, examples } = first;
  return { text: `${text}\n${next.text}`, docs: docs || next.docs, examples: [...examples, ...next.examples] };
}

function signature(text: string): string {
  return text
    .replaceAll(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '')
    .replaceAll(/^\s*(?:private|protected) .*\n/gm, '')
    .replaceAll('\t', '  ');
}

/** Returns the docstrings of a text, without the stars. */
function docstrings(text: string): readonly string[] {
  const found = text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\//g);
  return [...found].map(([, inner = '']) => inner.replaceAll(/^[ \t]*\* ?/gm, '').trim());
}

/** Returns the examples of a docstring. Each ends at the next tag. */
function examplesIn(docs: string): readonly string[] {
  const found = docs.matchAll(/^@example\n((?:(?!^@)[\s\S])*)/gm);
  return [...found].map(([, code = '']) => code.trimEnd());
}

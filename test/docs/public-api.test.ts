import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { exampleModules } from '../../tools/api/examples.ts';
import { type Declaration, publicDeclarations, ROOT } from '../../tools/api/public-api.ts';
import { REPORT, report } from '../../tools/api/report.ts';
import { ENTRY_POINTS, type EntryPoint } from '../../tools/package/entries.ts';

const entries = Object.keys(ENTRY_POINTS) as EntryPoint[];
const names = entries
  .flatMap((entry) => publicDeclarations(entry))
  .map((declaration): [string, Declaration] => [declaration.name, declaration]);
const pages = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const code = ['README.md', ...pages].flatMap((page) => codeIn(readFileSync(join(ROOT, page), 'utf8')));
const shown = new Set(code.flatMap((text) => text.match(/\w+/g) ?? []));

// Inside the project, so that the compiler finds the packages that the examples import.
const folder = mkdtempSync(join(ROOT, 'node_modules', '.api-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('is what its report says', () => {
  const advice = 'lib/api-report.md is out of date. If you mean to change the public API, run: npm run api:update';
  expect(report(), advice).toBe(readFileSync(REPORT, 'utf8'));
});

it.each(names)('has a docstring with an example: %s', (_, { docs, examples }) => {
  expect(docs).toMatch(/^[A-Z`]/);
  expect(examples).not.toEqual([]);
});

it.each(names)('is on a page: %s', (name) => {
  expect(shown.has(name), `${name} is in no code of README.md and docs/`).toBe(true);
});

it('has examples that compile', async () => {
  const modules = exampleModules();
  for (const [file, text] of modules) writeFileSync(join(folder, file), text);
  const paths = Object.fromEntries(Object.entries(ENTRY_POINTS).map(([name, file]) => [name, [join(ROOT, file)]]));
  // The modules import more names than each example uses.
  const compilerOptions = { paths, noUnusedLocals: false, verbatimModuleSyntax: false };
  const config = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [], files: [...modules.keys()] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const result = await promisify(execFile)(compiler, ['-p', folder]).catch(({ code, stdout, stderr }) => {
    return { code, stdout, stderr };
  });
  expect(result).toEqual({ stdout: '', stderr: '' });
});

/** Code on a page, in blocks and in sentences. */
function codeIn(page: string): readonly string[] {
  return [...page.matchAll(/^ *```\w*\n([\s\S]*?)^ *```$|`([^`\n]+)`/gm)].map(([, block, span]) => block ?? span ?? '');
}

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GrantedLine } from '../local/policies/usage.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { recordEach } from './record.ts';
import { idle, tableOf, unexplained, unneeded } from './unneeded.ts';

/** Tests that run deployed templates in the embedded cloud. */
const TESTS = 'test/e2e';

/** A folder that keeps the records, so that a later run continues. */
const given = process.argv[2];
const folder = given ?? mkdtempSync(join(tmpdir(), 'backstop-permissions-'));
mkdirSync(folder, { recursive: true });
const files = readdirSync(TESTS)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `${TESTS}/${name}`);
const failed = recordEach(files, folder, runTest, console.log);
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  console.error(`Mend them, then continue: npm run check:permissions -- ${folder}`);
  process.exit(2);
}
const lines = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .flatMap(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8').trim().split('\n'))
  .map((line): GrantedLine => JSON.parse(line));
if (given === undefined) rmSync(folder, { recursive: true });
const all = unneeded(lines);
const found = all.flatMap((finding) => unexplained(finding, EXCEPTIONS) ?? []);
for (const line of tableOf(found)) console.log(line);
const needless = idle(all, EXCEPTIONS);
for (const reason of needless) console.log(`an exception explains nothing any more: ${reason}`);
console.log(
  `${lines.length} lines recorded, ${all.length} statements with parts that no call needed, ${found.length} without a reason`,
);
process.exitCode = found.length + needless.length > 0 ? 1 : 0;

function runTest(file: string, record: string): boolean {
  const env = { ...process.env, BACKSTOP_PERMISSIONS: record };
  return spawnSync('npx', ['vitest', 'run', file, '--silent'], { env, stdio: ['ignore', 2, 2] }).status === 0;
}

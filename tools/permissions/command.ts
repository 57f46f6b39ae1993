import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GrantedLine } from '../local/policies/usage.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { idle, tableOf, unexplained, unneeded } from './unneeded.ts';

/** Tests that run deployed templates in the embedded cloud. */
const TESTS = ['test/e2e'];

/** A folder of an earlier run. */
const given = process.argv[2];
const folder = given ?? mkdtempSync(join(tmpdir(), 'backstop-permissions-'));
if (given === undefined) {
  const env = { ...process.env, BACKSTOP_PERMISSIONS: folder };
  const { status } = spawnSync('npx', ['vitest', 'run', ...TESTS], { env, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(2);
}
const lines = readdirSync(folder)
  .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
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

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { releaseProblems } from './release.ts';

/** Fails if the package must not be published. npm runs it before it publishes. */
const read = (file: string) => readFileSync(join(packageRoot(), file), 'utf8');
const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: packageRoot(), encoding: 'utf8' });
const { version, repository } = JSON.parse(read('package.json'));
const problems = releaseProblems({
  version,
  repository,
  status: git('status', '--porcelain'),
  tags: git('tag', '--points-at', 'HEAD').split('\n'),
  changelog: read('CHANGELOG.md'),
  isCi: process.env.CI === 'true',
});
for (const problem of problems) console.error(`Not published: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

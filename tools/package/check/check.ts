import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { APPS, type StrangersApp } from './apps.ts';
import { followReporting } from './first-failure.ts';
import { install, NODES, pack, strangersPackages } from './install.ts';

/**
 * Packs the package, installs it for apps of strangers in a temporary folder, and compiles, tests and synthesizes them.
 * Prints what it takes, each goal met or missed, and fails if an app does or a goal is missed. Arguments choose apps by
 * words in their names, such as `stages`.
 */
const MEGABYTE = 1_000_000;
/** The word that chooses the tutorial of docs/reporting.md. */
const FIRST_FAILURE = 'reporting';
const words = process.argv.slice(2);
const chosen = APPS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const folder = mkdtempSync(join(tmpdir(), 'backstop-strangers-'));
try {
  const { tarball, bytes, files } = pack(folder);
  const added = install(folder, strangersPackages(), tarball);
  console.log(`${files} files, ${figure(bytes)} MB`);
  goal(`${figure(added.bytes)} MB more in an app that has the CDK`, added.bytes <= 5 * MEGABYTE, '5 MB');
  goal(`${added.packages} packages more`, added.packages <= 5, '5');
  step(
    'publint',
    ['{tool-node}', '{bin}/publint/src/cli.js', '--strict', 'node_modules/@backstop-cdk/backstop'],
    folder,
  );
  step('attw', ['{tool-node}', '{bin}/@arethetypeswrong/cli/dist/index.js', tarball, '--no-emoji'], folder);
  for (const app of chosen) check(app);
  if (words.length === 0 || words.includes(FIRST_FAILURE)) await followDocument();
} finally {
  rmSync(folder, { recursive: true });
}

function check({ name, files, steps }: StrangersApp): void {
  const home = join(folder, name.replaceAll(/\W+/g, '-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  for (const command of steps)
    for (const node of command[0] === '{node}' ? Object.keys(NODES) : [undefined]) step(name, command, home, node);
}

async function followDocument(): Promise<void> {
  const title = 'docs/reporting.md, from an empty folder to the first failure that heals';
  try {
    await followReporting(folder, (command, cwd) => step(title, command, cwd));
    console.log(`✓ ${title}`);
  } catch (error) {
    console.log(`✗ ${title}\n${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
  }
}

/** Runs a command, and prints how it ended. */
function step(name: string, command: readonly string[], cwd: string, node?: string): void {
  const [program = '', ...args] = command.map((part) =>
    part
      .replace('{node}', join(folder, `node_modules/node${node}/bin/node`))
      .replace('{tool-node}', process.execPath)
      .replace('{bin}', join(folder, 'node_modules')),
  );
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  const seconds = figure((performance.now() - started) * 1_000);
  const what = command
    .slice(1)
    .map((part) => part.replace('{bin}/', ''))
    .join(' ');
  const line = `${name}: ${what.replace(folder, '…')}${node ? ` on Node ${node}` : ''} (${seconds} s)`;
  const output = `\n${error ?? ''}${stdout}${stderr}`;
  console.log(status === 0 ? `✓ ${line}` : `✗ ${line}${output}`);
  if (status !== 0) process.exitCode = 1;
}

function goal(what: string, isMet: boolean, limit: string): void {
  console.log(`${isMet ? '✓' : '✗'} ${what} (goal: at most ${limit})`);
  if (!isMet) process.exitCode = 1;
}

/** A number of millionths, as units. */
function figure(millionths: number): string {
  return (millionths / 1_000_000).toFixed(1);
}

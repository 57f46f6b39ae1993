import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checksOf, writeAfter } from '../../../test/lambdas/use-cases/ledger/stale-read.ts';
import { CASES } from '../../../test/lambdas/use-cases/ledger/stale-read-cases.ts';
import type { Edit } from './edits.ts';
import { type Guard, nameOfGuard } from './guards.ts';
import type { Caught } from './hunt.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Tests that a mutant may break: first those beside the code, then the others that import it. */
const ALL = ['test/lambdas/domain', 'test/lambdas/use-cases', 'test/lambdas/adapters'];

/** The first unit test that notices a mutant, if any does. */
export function noticedByTests(guard: Guard): Promise<Caught> {
  return guard.kind === 'check' ? noticedByStaleReads(guard) : noticedByVitest(guard);
}

const PROVING = 'the circuit was asked too long ago';

/**
 * Proves the runner on two mutants of one file, and says so. The tests notice a missing guard that no schedule needs.
 * They notice nothing where a blank line is missing.
 *
 * @throws Error if the runner would take every mutant for noticed, or for not noticed
 */
export async function proveTests(guards: readonly Guard[]): Promise<string> {
  const guard = guards.find((each) => each.kind === 'edit' && each.text.includes(PROVING));
  if (guard?.kind !== 'edit') throw new Error(`no guard says "${PROVING}"`);
  const tests = ['test/lambdas/use-cases/departure.test.ts'];
  const noticed = await firstFailure(tests, guard);
  const unharmed = await firstFailure(tests, { ...guard, line: BLANK_LINE });
  if (!noticed || unharmed)
    throw new Error(`the runner is wrong: ${noticed?.text ?? 'notices nothing'}, ${unharmed?.text}`);
  return `The runner tells ${nameOfGuard(guard)} from a blank line.`;
}

/** Of the imports of `departure.ts`, after which nothing but a comment follows. */
const BLANK_LINE = 4;

/** Runs the cases of `stale-reads.test.ts` here, because starting the runner takes longer. */
async function noticedByStaleReads({ method, check }: Extract<Guard, { kind: 'check' }>): Promise<Caught> {
  for (const [name, one] of Object.entries(CASES)) {
    if ((await checksOf(one)).method !== method) continue;
    for (const [meanwhile, change] of Object.entries(one.meanwhile)) {
      const { before, after } = await writeAfter(one, change, check);
      if (before !== after) return `stale-reads.test.ts, ${name}: where by then ${meanwhile}`;
    }
  }
  return undefined;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** A test that fails. */
export interface TestFailure {
  /** Undefined if all tests had to be stopped. */
  readonly file: string | undefined;
  readonly text: string;
  /** It says nothing: nobody learns from it which promise is broken. */
  readonly neverEnds: boolean;
}

/** Runs the tests of some files or folders with an edit, but for some files. Undefined if all pass. */
export type RunTests = (
  tests: readonly string[],
  edit: Edit | null,
  but: ReadonlySet<string>,
) => Promise<TestFailure | undefined>;

/** Files that fail without any mutant. */
const unfit = new Set<string>();

/**
 * The first test that fails with a mutant, and passes without it. With unlucky random values, a test may fail for its
 * own sake. It is left out then, because the runner stops at the first failure.
 */
export async function noticedByVitest(
  { file, line, count, to }: Extract<Guard, { kind: 'edit' }>,
  run: RunTests = firstFailure,
): Promise<Caught> {
  const edit = { file, line, count, to };
  const own = file.replace(/^lambdas\/(.*)\.ts$/, 'test/lambdas/$1.test.ts');
  for (const tests of [[own], [dirname(own)], ALL]) {
    if (!existsSync(join(ROOT, tests[0] ?? ''))) continue;
    const failed = await fitFailure(tests, edit, run);
    if (failed) return failed.text;
  }
  return undefined;
}

async function fitFailure(tests: readonly string[], edit: Edit, run: RunTests): Promise<TestFailure | undefined> {
  const but = new Set(unfit);
  for (;;) {
    const failed = await run(tests, edit, but);
    if (!failed?.file || but.has(failed.file)) return undefined;
    but.add(failed.file);
    if (failed.neverEnds) continue;
    if (!(await run([failed.file], null, new Set()))) return failed;
    unfit.add(failed.file);
    console.log(`${failed.file} fails without a mutant, too, and is left out.`);
  }
}

/** Undefined also if no test imports the edited file. */
export async function firstFailure(
  tests: readonly string[],
  edit: Edit | null,
  but: ReadonlySet<string> = new Set(),
): Promise<TestFailure | undefined> {
  const config = 'tools/sim/mutants/vitest.config.ts';
  const output = mkdtempSync(join(tmpdir(), 'backstop-mutant-'));
  const MUTANT_REPORT = join(output, 'report.json');
  const MUTANT_APPLIED = join(output, 'applied');
  const env = { ...process.env, MUTANT: JSON.stringify(edit), MUTANT_REPORT, MUTANT_APPLIED };
  const run = ['node_modules/vitest/vitest.mjs', 'run', '--config', config, '--root', '.', '--maxWorkers', '1'];
  const args = [...run, ...[...but].flatMap((file) => ['--exclude', file]), '--passWithNoTests', ...tests];
  try {
    // It exits with an error if a test fails, as it should here.
    const options = { cwd: ROOT, env, maxBuffer: 2 ** 26, timeout: LONGEST_MS };
    await new Promise((resolve) => execFile(process.execPath, args, options, resolve));
    if (edit && !existsSync(MUTANT_APPLIED)) return undefined;
    if (!existsSync(MUTANT_REPORT)) return { file: undefined, text: 'the tests never end', neverEnds: true };
    return failureOf(JSON.parse(readFileSync(MUTANT_REPORT, 'utf8')) as Report);
  } finally {
    rmSync(output, { recursive: true });
  }
}

/** Without a guard, a loop may never end, and then no time limit of a test helps. */
const LONGEST_MS = 600_000;

const TIMED_OUT = 'Test timed out in';

export function failureOf({ testResults }: Report): TestFailure | undefined {
  for (const { name, status, assertionResults } of testResults) {
    const file = name.replace(`${ROOT}/`, '');
    const failed = assertionResults.find((each) => each.status === 'failed');
    const neverEnds = failed?.failureMessages?.some((message) => message.includes(TIMED_OUT)) ?? false;
    if (failed) return { file, text: `${file}: ${failed.fullName}`, neverEnds };
    if (status === 'failed') return { file, text: `${file} does not load`, neverEnds };
  }
  return undefined;
}

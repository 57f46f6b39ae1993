import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CASES, checksOf, writeAfter } from '../../../test/lambdas/use-cases/ledger/stale-read-cases.ts';
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
  if (!noticed || unharmed) throw new Error(`the runner is wrong: ${noticed ?? 'notices nothing'}, ${unharmed}`);
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

/** With unlucky random values a test may fail for its own sake, which says nothing of the mutant. */
async function passesWithout(failed: string, run: RunTests): Promise<boolean> {
  const [file = ''] = failed.split(/: | does/);
  return (await run([file], null)) === undefined;
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

/** Runs the tests of some files or folders with an edit. Returns the name of a test that fails. */
export type RunTests = (tests: readonly string[], edit: Edit | null) => Promise<Caught>;

/**
 * The first test that fails with a mutant, and passes without it. A test that never ends says nothing: nobody learns
 * from it which promise is broken.
 */
export async function noticedByVitest(
  { file, line, count, to }: Extract<Guard, { kind: 'edit' }>,
  run: RunTests = firstFailure,
): Promise<Caught> {
  const edit = { file, line, count, to };
  const own = file.replace(/^lambdas\/(.*)\.ts$/, 'test/lambdas/$1.test.ts');
  for (const tests of [[own], [dirname(own)], ALL]) {
    const failed = existsSync(join(ROOT, tests[0] ?? '')) ? await run(tests, edit) : undefined;
    if (failed !== undefined && failed !== NEVER_END && (await passesWithout(failed, run))) return failed;
  }
  return undefined;
}

/** In place of the name of a test, if the tests had to be stopped. */
export const NEVER_END = 'the tests never end';

/** Undefined also if no test imports the file. */
export async function firstFailure(folders: readonly string[], edit: Edit | null): Promise<Caught> {
  const config = 'tools/sim/mutants/vitest.config.ts';
  const output = mkdtempSync(join(tmpdir(), 'backstop-mutant-'));
  const MUTANT_REPORT = join(output, 'report.json');
  const MUTANT_APPLIED = join(output, 'applied');
  const env = { ...process.env, MUTANT: JSON.stringify(edit), MUTANT_REPORT, MUTANT_APPLIED };
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', config, '--root', '.', '--maxWorkers', '1'];
  try {
    // It exits with an error if a test fails, as it should here.
    const options = { cwd: ROOT, env, maxBuffer: 2 ** 26, timeout: LONGEST_MS };
    await new Promise((resolve) => execFile(process.execPath, [...args, ...folders], options, resolve));
    if (edit && !existsSync(MUTANT_APPLIED)) return undefined;
    if (!existsSync(MUTANT_REPORT)) return NEVER_END;
    return failureOf(JSON.parse(readFileSync(MUTANT_REPORT, 'utf8')) as Report);
  } finally {
    rmSync(output, { recursive: true });
  }
}

/** Without a guard, a loop may never end, and then no time limit of a test helps. */
const LONGEST_MS = 600_000;

const TIMED_OUT = 'Test timed out in';

export function failureOf({ testResults }: Report): Caught {
  for (const { name, status, assertionResults } of testResults) {
    const file = name.replace(`${ROOT}/`, '');
    const failed = assertionResults.find((each) => each.status === 'failed');
    if (failed?.failureMessages?.some((message) => message.includes(TIMED_OUT))) return NEVER_END;
    if (failed) return `${file}: ${failed.fullName}`;
    if (status === 'failed') return `${file} does not load`;
  }
  return undefined;
}

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CASES, checksOf, writeAfter } from '../../../test/lambdas/use-cases/ledger/stale-read-cases.ts';
import type { Guard } from './guards.ts';
import type { Caught } from './hunt.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** The first unit test that notices a mutant, if any does. */
export function noticedByTests(guard: Guard): Promise<Caught> {
  return guard.kind === 'check' ? noticedByStaleReads(guard) : noticedByVitest(guard);
}

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
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Tests of a folder that fail without a mutant, too. They notice nothing. */
const failing = new Map<string, Promise<readonly string[]>>();

async function noticedByVitest({ file, line }: Extract<Guard, { kind: 'line' }>): Promise<Caught> {
  const folder = file.replace(/^lambdas\//, 'test/lambdas/').replace(/\/[^/]+$/, '');
  const before = failing.get(folder) ?? failedTests(folder, '', 0);
  failing.set(folder, before);
  const known = new Set(await before);
  return (await failedTests(folder, file, line)).find((name) => !known.has(name));
}

/** Runs the tests of a folder without a line. Returns the names of those that fail. */
async function failedTests(folder: string, file: string, line: number): Promise<readonly string[]> {
  const config = 'tools/sim/mutants/vitest.config.ts';
  const output = mkdtempSync(join(tmpdir(), 'backstop-mutant-'));
  const MUTANT_REPORT = join(output, 'report.json');
  const env = { ...process.env, MUTANT_FILE: file, MUTANT_LINE: String(line), MUTANT_REPORT };
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', config, '--root', '.', folder];
  // It exits with an error if a test fails, as it should here.
  await new Promise((resolve) => execFile(process.execPath, args, { cwd: ROOT, env, maxBuffer: 2 ** 26 }, resolve));
  const report = JSON.parse(readFileSync(MUTANT_REPORT, 'utf8')) as Report;
  rmSync(output, { recursive: true });
  return report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => `${name.replace(`${ROOT}/`, '')}: ${fullName}`),
  );
}

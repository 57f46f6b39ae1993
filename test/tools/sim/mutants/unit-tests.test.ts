import { describe, expect, it } from 'vitest';
import type { Edit } from '../../../../tools/sim/mutants/edits.ts';
import { failureOf, NEVER_END, noticedByVitest, type RunTests } from '../../../../tools/sim/mutants/unit-tests.ts';

const GUARD = { kind: 'edit', file: 'lambdas/use-cases/departure.ts', line: 26, count: 1, to: '', text: '' } as const;
const OWN = 'test/lambdas/use-cases/departure.test.ts';
const OTHER = 'test/lambdas/use-cases/ledger/within-lease.test.ts';

/** Tests that fail as the table says: by what runs, with the mutant and without it. */
function tests(failing: Readonly<Record<string, readonly [mutant: string | undefined, without?: string | undefined]>>) {
  const runs: string[] = [];
  const run: RunTests = async ([first = ''], edit: Edit | null) => {
    runs.push(`${first}${edit ? ' with the mutant' : ''}`);
    const [mutant, without] = failing[first] ?? [undefined];
    return edit ? mutant : without;
  };
  return { run, runs };
}

describe('a missing guard', () => {
  it('is noticed by a test that passes without the mutant', async () => {
    const { run, runs } = tests({ [OWN]: [`${OWN}: a request leaves in time`] });
    expect(await noticedByVitest(GUARD, run)).toBe(`${OWN}: a request leaves in time`);
    expect(runs).toEqual([`${OWN} with the mutant`, OWN]);
  });

  it('is not noticed by a test that fails without the mutant too, so that others have their turn', async () => {
    const { run, runs } = tests({
      [OWN]: [`${OWN}: a random test`, `${OWN}: a random test`],
      'test/lambdas/use-cases': [`${OTHER}: nobody insists`],
    });
    expect(await noticedByVitest(GUARD, run)).toBe(`${OTHER}: nobody insists`);
    expect(runs).toEqual([`${OWN} with the mutant`, OWN, 'test/lambdas/use-cases with the mutant', OTHER]);
  });

  it('is not noticed where the only test that fails does so without the mutant', async () => {
    const random = `${OWN}: a random test`;
    const { run } = tests({
      [OWN]: [random, random],
      'test/lambdas/use-cases': [random],
      'test/lambdas/domain': [random],
    });
    expect(await noticedByVitest(GUARD, run)).toBeUndefined();
  });

  it('is not noticed by tests that never end, which name no promise', async () => {
    const { run } = tests({ [OWN]: [NEVER_END], 'test/lambdas/use-cases': [NEVER_END] });
    expect(await noticedByVitest(GUARD, run)).toBeUndefined();
  });

  it('is noticed by a file that no longer loads', async () => {
    const { run, runs } = tests({ [OWN]: [`${OWN} does not load`] });
    expect(await noticedByVitest(GUARD, run)).toBe(`${OWN} does not load`);
    expect(runs.at(-1)).toBe(OWN);
  });
});

describe("the runner's report", () => {
  const report = (status: string, ...failureMessages: string[]) => ({
    testResults: [{ name: OWN, status, assertionResults: [{ status, fullName: 'leaves in time', failureMessages }] }],
  });

  it.each([
    ['a test that fails', report('failed', 'AssertionError: expected 1 to be 2'), `${OWN}: leaves in time`],
    ['a test that waits for ever', report('failed', 'Error: Test timed out in 60000ms.'), NEVER_END],
    ['tests that pass', report('passed'), undefined],
    [
      'a file without tests',
      { testResults: [{ name: OWN, status: 'failed', assertionResults: [] }] },
      `${OWN} does not load`,
    ],
  ])('tells %s', (_, given, said) => {
    expect(failureOf(given)).toBe(said);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  failureOf,
  noticedByVitest,
  type RunTests,
  type TestFailure,
} from '../../../../tools/sim/mutants/unit-tests.ts';

const GUARD = { kind: 'edit', file: 'lambdas/use-cases/departure.ts', line: 26, count: 1, to: '', text: '' } as const;
const OWN = 'test/lambdas/use-cases/departure.test.ts';
const FOLDER = 'test/lambdas/use-cases';
const OTHER = 'test/lambdas/use-cases/ledger/within-lease.test.ts';

const failing = (file: string): TestFailure => ({ file, text: `${file}: keeps its promise`, neverEnds: false });
const waiting = (file: string): TestFailure => ({ ...failing(file), neverEnds: true });

/** Tests that fail by themselves, and those that fail with the mutant in the order in which they are reached. */
function tests(withMutant: readonly TestFailure[], without: readonly string[] = []) {
  const runs: string[] = [];
  const run: RunTests = async ([first = ''], edit, but) => {
    runs.push(`${first}${edit ? ' with the mutant' : ''}`);
    const isRun = ({ file }: TestFailure) => file === undefined || (file.startsWith(first) && !but.has(file));
    return edit ? withMutant.find(isRun) : [first].filter((file) => without.includes(file)).map(failing)[0];
  };
  return { run, runs };
}

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a missing guard', () => {
  it('is noticed by a test that passes without the mutant', async () => {
    const { run, runs } = tests([failing(OWN)]);
    expect(await noticedByVitest(GUARD, run)).toBe(`${OWN}: keeps its promise`);
    expect(runs).toEqual([`${OWN} with the mutant`, OWN]);
  });

  it('is noticed by a file that no longer loads', async () => {
    const { run } = tests([{ file: OWN, text: `${OWN} does not load`, neverEnds: false }]);
    expect(await noticedByVitest(GUARD, run)).toBe(`${OWN} does not load`);
  });

  it('is not noticed by tests that never end, which name no promise', async () => {
    expect(await noticedByVitest(GUARD, tests([waiting(OWN)]).run)).toBeUndefined();
    const stopped = { file: undefined, text: 'the tests never end', neverEnds: true };
    expect(await noticedByVitest(GUARD, tests([stopped]).run)).toBeUndefined();
  });

  it('is noticed by a test behind one that never ends', async () => {
    const { run } = tests([waiting(OWN), failing(OTHER)]);
    expect(await noticedByVitest(GUARD, run)).toBe(`${OTHER}: keeps its promise`);
  });

  it('is not noticed by a test that fails without the mutant too, and which hides no other test', async () => {
    const random = 'test/lambdas/use-cases/random.test.ts';
    const { run, runs } = tests([failing(random), failing(OTHER)], [random]);
    expect(await noticedByVitest(GUARD, run)).toBe(`${OTHER}: keeps its promise`);
    const folder = `${FOLDER} with the mutant`;
    expect(runs).toEqual([`${OWN} with the mutant`, folder, random, folder, OTHER]);
    expect(console.log).toHaveBeenCalledWith(expect.stringContaining(random));
  });

  it('is not noticed where the only test that fails does so without the mutant', async () => {
    const { run } = tests([failing(OWN)], [OWN]);
    expect(await noticedByVitest(GUARD, run)).toBeUndefined();
  });
});

describe("the runner's report", () => {
  const report = (status: string, ...failureMessages: string[]) => ({
    testResults: [{ name: OWN, status, assertionResults: [{ status, fullName: 'leaves in time', failureMessages }] }],
  });

  it.each([
    ['a test that fails', 'AssertionError: expected 1 to be 2', false],
    ['a test that waits for ever', 'Error: Test timed out in 60000ms.', true],
  ])('tells %s', (_, message, neverEnds) => {
    expect(failureOf(report('failed', message))).toEqual({ file: OWN, text: `${OWN}: leaves in time`, neverEnds });
  });

  it('tells a file that does not load from tests that pass', () => {
    const empty = { testResults: [{ name: OWN, status: 'failed', assertionResults: [] }] };
    expect(failureOf(empty)?.text).toBe(`${OWN} does not load`);
    expect(failureOf(report('passed'))).toBeUndefined();
  });
});

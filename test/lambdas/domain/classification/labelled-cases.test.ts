import { describe, expect, it } from 'vitest';
import type { ReportedError } from '../../../../lambdas/contract/verdict.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { AWS_ERRORS, CASES, type LabelledCase, MORE_CASES } from './labelled-cases.ts';

interface Score {
  readonly right: number;
  readonly wrong: readonly string[];
  readonly unknown: readonly string[];
}

/** An error that no rule explains is unknown, whatever its verdict. */
function scoreOf(cases: readonly Pick<LabelledCase, 'name' | 'error' | 'expected'>[]): Score {
  const judged = cases.map(({ name, error, expected }) => ({ name, expected, verdict: verdictOf(error) }));
  const unknown = judged.filter(({ verdict }) => verdict.rule.startsWith('unknown-'));
  const known = judged.filter((one) => !unknown.includes(one));
  const wrong = known.filter(({ expected, verdict }) => !expected.includes(verdict.kind));
  return {
    right: known.length - wrong.length,
    wrong: wrong.map(({ name }) => name),
    unknown: unknown.map(({ name }) => name),
  };
}

function verdictOf(error: ReportedError) {
  return classify(error, { rules: [], refreshable: false, attempts: 0, now: 0 });
}

/** Cases whose label the rules don't follow, each with the source that says otherwise. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

describe.each([
  ['errors that the rules were built with', CASES],
  ['errors that were written down before', MORE_CASES],
])('%s', (_, cases) => {
  const score = scoreOf(cases.filter(({ name }) => !(name in EXCEPTIONS)));

  it('get no wrong verdict', () => expect(score.wrong).toEqual([]));

  it('are explained, at least 95 in 100', () => {
    expect(score.unknown.length).toBeLessThanOrEqual(cases.length * 0.05);
    expect(score.right).toBeGreaterThanOrEqual(cases.length * 0.95);
  });

  it('have a source each', () => expect(cases.filter(({ source }) => source.length < 5)).toEqual([]));
});

it('names no exception that is not a case', () => {
  expect(Object.keys(EXCEPTIONS).filter((name) => !CASES.some((one) => one.name === name))).toEqual([]);
});

describe('errors that the service models of AWS declare', () => {
  const asCase = (name: string, expected: readonly string[], error: ReportedError) => ({
    name,
    error,
    expected: expected.flatMap((kinds) => kinds.split('/')) as unknown as LabelledCase['expected'],
  });

  it('get the right verdict by name, at least 90 in 100', () => {
    const names = Map.groupBy(AWS_ERRORS, ([name]) => name);
    const cases = [...names].map(([name, rows]) =>
      asCase(
        name,
        rows.map(([, , expected]) => expected),
        { name },
      ),
    );
    expect(cases.length).toBeGreaterThan(2_600);
    expect(scoreOf(cases).right).toBeGreaterThanOrEqual(cases.length * 0.9);
  });

  it('get the right verdict by name and status, at least 99 in 100', () => {
    const rows = AWS_ERRORS.filter(([, status]) => status !== null);
    const cases = rows.map(([name, status, expected]) => asCase(name, [expected], { name, statusCode: status ?? 0 }));
    expect(cases.length).toBeGreaterThan(1_300);
    expect(scoreOf(cases).right).toBeGreaterThanOrEqual(cases.length * 0.99);
  });
});

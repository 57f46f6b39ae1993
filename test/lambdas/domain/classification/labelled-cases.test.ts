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
  ['errors that came later, to which the rules were fitted after a first run', MORE_CASES],
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

  /** A model without a status leaves it to the protocol: 400 for the caller's errors, 500 for faults. */
  const isFault = (expected: string) => !/permanent|conflict/.test(expected);
  const withStatus = AWS_ERRORS.map(([name, status, expected]) => {
    const statusCode = status ?? (isFault(expected) ? 500 : 400);
    return asCase(`${name} ${statusCode}`, [expected], { name, statusCode });
  });

  it('get the right verdict by name and status, at least 99 in 100', () => {
    expect(withStatus.length).toBe(2_874);
    expect(scoreOf(withStatus).right).toBeGreaterThanOrEqual(withStatus.length * 0.99);
  });

  /** The label of the model alone, whatever the name asks for. Only these labels decide about a retry. */
  const isRetried = (kinds: readonly string[]) => !kinds.includes('permanent');

  it('are retried just where the model says so, at least 98 in 100', () => {
    const strict = withStatus.map((one) => ({
      ...one,
      expected: (isRetried(one.expected)
        ? ['transient', 'throttled']
        : ['permanent', 'conflict']) as LabelledCase['expected'],
    }));
    expect(scoreOf(strict).right).toBeGreaterThanOrEqual(strict.length * 0.98);
  });
});

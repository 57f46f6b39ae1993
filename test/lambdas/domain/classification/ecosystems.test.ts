import { describe, expect, it } from 'vitest';
import { reportedError } from '../../../../lambdas/domain/boundary/reported-error.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { CALLS } from './call-ecosystems.ts';
import { DATABASES } from './database-ecosystems.ts';

const judge = (error: unknown) =>
  classify(reportedError(error), { rules: [], refreshable: false, attempts: 0, now: 0 });

describe.each([...CALLS, ...DATABASES])('errors of $client', ({ errors }) => {
  const cases = Object.entries(errors).flatMap(([kind, all]) =>
    all.map((one) => ({ kind, ...(typeof one === 'string' ? { name: one } : { name: one[0], message: one[1] }) })),
  );

  it.each(cases)('$name is $kind: $message', ({ kind, ...error }) => {
    const verdict = judge(error);
    expect({ kind: verdict.kind, rule: verdict.rule }).toEqual({ kind, rule: expect.not.stringMatching(/^unknown/) });
  });
});

describe('parts of one error', () => {
  const parts = [{ statusCode: 404 }, { statusCode: 503 }].map((each) => ({ name: 'HttpError', ...each }));

  it('need one success of Promise.any, so the most hopeful one decides', () => {
    expect(judge({ name: 'AggregateError', message: 'All promises were rejected', errors: parts }).kind).toBe(
      'transient',
    );
  });

  it('need every success elsewhere, so the least hopeful one decides', () => {
    expect(judge({ name: 'AggregateError', message: '', errors: parts }).kind).toBe('permanent');
  });
});

it.each([
  ['CombinedGraphQLErrors', { errors: [{ message: 'x', extensions: { code: 'BAD_USER_INPUT' } }] }, 'permanent'],
  ['PDOException', { code: '23000', message: "SQLSTATE[23000]: 1062 Duplicate entry '1' for key 'x'" }, 'conflict'],
  ['PDOException', { code: '23000', message: 'SQLSTATE[23000]: 1452 a foreign key constraint fails' }, 'permanent'],
  ['Error', { code: 'EOPENBREAKER', message: 'Breaker is open' }, 'transient'],
])('%s %j is %s', (name, facts, kind) => {
  expect(judge({ name, ...facts }).kind).toBe(kind);
});

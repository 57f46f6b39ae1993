import { expect } from 'vitest';
import type { Effect, ReportedError, VerdictKind } from '../../../../lambdas/contract/verdict.ts';
import { type ClassifyContext, classify } from '../../../../lambdas/domain/classification/classify.ts';

/** An error, and what its verdict must be. */
export type VerdictCase = [
  title: string,
  error: ReportedError,
  kind: VerdictKind,
  rule: string,
  effect: Effect,
  context?: Partial<ClassifyContext>,
];

export const VERDICT_TITLE = 'says of %s: %o is %s by %s, effect %s';

export function expectVerdict(...[, error, kind, rule, effect, context]: VerdictCase): void {
  const verdict = classify(error, { rules: [], refreshable: false, attempts: 0, now: 0, ...context });
  expect(verdict).toMatchObject({ kind, rule, effect });
}

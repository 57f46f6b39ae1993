import type { ReportedDependency } from '../../contract/report-settings.ts';
import type { ReportedError, Verdict } from '../../contract/verdict.ts';
import { classify } from '../classification/classify.ts';
import { IDEMPOTENT_METHODS } from '../recovery/repeatable.ts';
import type { ReportedOperation } from './operation-detail.ts';

/** How Backstop will treat a failure, as far as its first error tells. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Whether Backstop repeats the call, unless its circuit or its deadline keeps it from that. */
  readonly willRetry: boolean;
  /** Whether Backstop can help: by a repetition, or by resolving a conflict. */
  readonly passes: boolean;
}

/** Judges an error as the pipeline will. @param now epoch milliseconds */
export function judgeFailure(
  error: ReportedError,
  operation: ReportedOperation,
  dependency: ReportedDependency,
  now: number,
): Judgement {
  const refreshable = dependency.kind === 'http' && dependency.auth !== undefined;
  const verdict = classify(error, { rules: dependency.rules ?? [], refreshable, attempts: 0, isReported: true, now });
  const { kind, effect } = verdict;
  const isConflict = kind === 'conflict' && dependency.resolvesConflicts === true;
  const passes = kind === 'transient' || kind === 'throttled' || isConflict;
  return { verdict, passes, willRetry: passes && (effect === 'none' || isRepeatable(operation, dependency)) };
}

/** Whether a call without an answer may be repeated. See the same rule of the pipeline. */
function isRepeatable({ method = 'POST', headers = {} }: ReportedOperation, dependency: ReportedDependency): boolean {
  if (dependency.kind !== 'http') return dependency.kind === 'state-machine' || dependency.repeatable;
  if (IDEMPOTENT_METHODS.has(method)) return true;
  return dependency.idempotencyKeys && Object.keys(headers).some((name) => name.toLowerCase() === 'idempotency-key');
}

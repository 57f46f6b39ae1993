import type { Verdict } from '../../contract/verdict.ts';
import { classify } from '../classification/classify.ts';

/** A caller that gives up says nothing about the dependency. */
const CALLERS_OWN: ReadonlySet<string> = new Set(['call-cancelled', 'grpc-cancelled']);
/** A 409, a 404 or a 401 that leads to another call is an answer. */
const ANSWERS: ReadonlySet<string> = new Set(['http-key-in-use', 'repetition-under-way', 'http-credential-rotating']);

/**
 * Whether an error shows that the dependency is down or overloaded. Caller errors and unknown errors don't count: a bug
 * in one function must not block all others.
 */
export function isDependencyFault(error: unknown): boolean {
  return countsAgainst(classify(error, { rules: [], refreshable: false, attempts: 1, now: 0 }));
}

/** Whether a verdict counts against the dependency. Permanent and expected errors are the caller's. */
export function countsAgainst({ kind, rule }: Pick<Verdict, 'kind' | 'rule'>): boolean {
  return (kind === 'transient' || kind === 'throttled') && !CALLERS_OWN.has(rule) && !ANSWERS.has(rule);
}

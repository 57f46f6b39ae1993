import { answerFacts } from '../classification/answer-facts.ts';
import { classify } from '../classification/classify.ts';

/** The code for an answer that only words of its body call a refused rate. */
const REFUSED_RATE = 'rate_limited';

/**
 * The code in the headers or the body of an answer, if it says more than the status: `rateLimitExceeded` of a 403. Any
 * other word stays out, because bodies may quote data.
 */
export function answerCode(
  statusCode: number,
  headers: Iterable<readonly [string, string]>,
  body: string | undefined,
): string | undefined {
  const { words, message } = answerFacts(headers, body);
  const ruleOf = (error: { readonly code?: string; readonly message?: string }) =>
    classify({ statusCode, ...error }, { rules: [], refreshable: false, attempts: 1, now: 0 }).rule;
  const plain = ruleOf({});
  const telling = words.find((code) => ruleOf({ code }) !== plain);
  if (telling !== undefined) return telling;
  return message !== undefined && ruleOf({ message }) !== plain ? REFUSED_RATE : undefined;
}

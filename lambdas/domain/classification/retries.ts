import type { ErrorLayer } from './error-layer.ts';

/** `RetryError` and `MaxRetriesPerRequestError`, but not `RetryableError`. */
const NAME = /retr(?:y|ies|ied)(?!able)|attempts/i;
/** `after 3 attempts`, `Max retries exceeded`, `all retries failed`, `giving up`. */
const MESSAGE = new RegExp(
  [
    /\bafter (?:[\w-]{1,20} ){1,3}(?:attempts?|retr(?:y|ies)|tries|times)\b/,
    /\b(?:max(?:imum)?|all|no more|exceeded|exhausted) (?:[\w-]{1,20} ){0,3}(?:retry|retries|tries|attempts)\b/,
    /\b(?:retries|tries|attempts) (?:[\w-]{1,20} ){0,2}(?:exceeded|exhausted|failed|reached)\b/,
    /\b(?:retried|giving up|gave up|retry limit)\b/,
    /\battempt #?\d/,
    /\b(?:\d{1,6}|two|three|four|five|several|multiple) (?:failed )?(?:retries|tries|attempts)\b/,
    /\btried [\w-]{1,20} times\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);
const MAX_LENGTH = 4_000;

/** Whether the client called several times. It reports the last call; an earlier one may have taken effect. */
export function tellsOfRetries({ name, code, message, attempts }: ErrorLayer): boolean {
  return attempts > 1 || NAME.test(name) || NAME.test(code) || MESSAGE.test(message.slice(0, MAX_LENGTH));
}

import { expect, it } from 'vitest';
import { DeclinedError, ending, InterruptedError, NotFoundError, UsageError } from '../../../bin/desk/mistakes.ts';

const named = (name: string, message = 'as AWS says it') => Object.assign(new Error(message), { name });

it.each<[number, Error, string]>([
  [2, new UsageError('say why'), 'say why'],
  [3, new NotFoundError('there is none'), 'there is none'],
  [4, new DeclinedError('nothing was done'), 'nothing was done'],
  [4, named('DecisionError', 'it is too late'), 'it is too late'],
  [130, new InterruptedError('12 of 40 are done'), '12 of 40 are done'],
  [130, named('AbortError'), 'Interrupted'],
  [
    1,
    named('CredentialsProviderError'),
    'Not done: there are no AWS credentials: aws sso login, or set AWS_PROFILE (aws sts get-caller-identity shows who you are)',
  ],
  [
    1,
    named('ExpiredTokenException'),
    'Not done: AWS does not accept the credentials (ExpiredTokenException): log in again',
  ],
  [1, named('AccessDeniedException', 'not allowed to x'), 'Not done: AWS does not allow it: not allowed to x'],
  [
    1,
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    'Not done: nothing listens at that endpoint; does the demonstration still run?',
  ],
  [1, named('InternalServerError', 'try again'), 'Not done: try again (InternalServerError)'],
  [1, new Error('the bus refused it'), 'Not done: the bus refused it'],
])('ends with %d on %s', (code, error, message) => {
  expect(ending(error)).toEqual({ code, message });
});

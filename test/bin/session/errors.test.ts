import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DeclinedError, ending, InterruptedError, NotFoundError, UsageError } from '../../../bin/session/errors.ts';

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
    'No AWS credentials: run aws sso login or set AWS_PROFILE. To check: aws sts get-caller-identity',
  ],
  [1, named('ExpiredTokenException'), 'AWS rejected the credentials (ExpiredTokenException): log in again.'],
  [1, named('AccessDeniedException', 'not allowed to x'), 'AWS denied access: not allowed to x'],
  [
    1,
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address: '127.0.0.1', port: 4566 }),
    "Can't reach http://127.0.0.1:4566: is `npm start` still running?",
  ],
  [
    1,
    Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT', path: join(tmpdir(), 'x-1') }),
    `The temporary folder ${tmpdir()} is missing: create it, or set TMPDIR to another.`,
  ],
  [1, named('InternalServerError', 'try again'), 'Failed: try again (InternalServerError)'],
  [1, new Error('the bus refused it'), 'Failed: the bus refused it'],
])('ends with %d on %s', (code, error, message) => {
  expect(ending(error)).toEqual({ code, message });
});

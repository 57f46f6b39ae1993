import { describe, expect, it } from 'vitest';
import { BACKSTOP_ERRORS } from '../../../lambdas/contract/error-names.ts';
import * as errors from '../../../lambdas/contract/errors.ts';
import {
  BusyError,
  errorName,
  GaveUpError,
  InternalError,
  NotSettledError,
  NotYetError,
  TransientError,
  toReportableError,
  UndoDueError,
  UndoFailedError,
  UndoGoesOnError,
} from '../../../lambdas/contract/errors.ts';

const OURS: readonly [string, Error][] = [
  ['TransientError', new TransientError('x')],
  ['NotYetError', new NotYetError(0)],
  ['GaveUpError', new GaveUpError('exhausted')],
  ['UndoDueError', new UndoDueError('x')],
  ['UndoGoesOnError', new UndoGoesOnError('x')],
  ['UndoFailedError', new UndoFailedError('x')],
  ['BusyError', new BusyError('x')],
  ['NotSettledError', new NotSettledError('x')],
  ['InternalError', new InternalError('x')],
];

describe('an error of Backstop', () => {
  it.each(OURS)('is called %s, as the Recovery machine spells it', (name, error) => {
    expect(error.name).toBe(name);
  });

  it.each(OURS)('leaves a handler as it is: %s', (_, error) => {
    expect(toReportableError(error)).toBe(error);
  });

  it('is in the table of errors', () => {
    const classes = Object.keys(errors).filter((name) => /^[A-Z]\w+Error$/.test(name));
    expect(classes.length).toBeGreaterThan(10);
    expect(BACKSTOP_ERRORS).toEqual(expect.arrayContaining(classes));
  });

  it('says what the machine needs', () => {
    expect(new NotYetError(1_000)).toMatchObject({ until: 1_000, message: 'not before 1970-01-01T00:00:01.000Z' });
    expect(new GaveUpError('conflict')).toMatchObject({ reason: 'conflict', message: 'gave up: conflict' });
  });
});

describe('any other error', () => {
  it.each<[string, unknown, string]>([
    ['an error', new SyntaxError('Unexpected token in "anna@example.com"'), 'SyntaxError'],
    ['text', 'anna@example.com', 'string'],
    ['an object', { message: 'anna@example.com' }, 'object'],
    ['nothing', undefined, 'undefined'],
  ])('leaves a handler without its message: %s', (_, thrown, name) => {
    const shown = toReportableError(thrown);
    expect(shown).toBeInstanceOf(InternalError);
    expect(shown.message).toBe(name);
    expect(shown.cause).toBeUndefined();
    expect(errorName(thrown)).toBe(name);
  });
});

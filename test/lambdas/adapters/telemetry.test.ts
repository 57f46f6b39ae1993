import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logger, withFailureIds, withSafeErrors } from '../../../lambdas/adapters/telemetry.ts';
import { errorFacts } from '../../../lambdas/contract/error-facts.ts';
import { InternalError, TransientError } from '../../../lambdas/contract/errors.ts';
import { printedLines as lines, watchPrintedLines } from '../../support/printed-lines.ts';

watchPrintedLines();

const SECRET = 'anna@example.com';
const context = { functionName: 'worker', awsRequestId: '1' } as Context;

beforeEach(() => void logger.setLogLevel('INFO'));
afterEach(() => void logger.setLogLevel('SILENT'));

const logged = (message: string) =>
  lines.flatMap((line) => (line.startsWith('{') ? JSON.parse(line) : [])).filter((line) => line.message === message);
const foreign = () => Object.assign(new SyntaxError(`Unexpected token in ${SECRET}`), { body: SECRET });

describe('a guarded handler', () => {
  it('throws another error in place of one that may quote data, and logs neither message', async () => {
    const handler = withSafeErrors(() => Promise.reject(foreign()));
    const thrown = await handler({}, context).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(InternalError);
    expect(String((thrown as Error).stack)).not.toContain(SECRET);
    expect(thrown).toMatchObject({ message: 'SyntaxError' });
    expect(logged('the invocation failed')).toMatchObject([
      { level: 'ERROR', service: 'backstop', error: 'SyntaxError' },
    ]);
    expect(lines.join()).not.toContain(SECRET);
    expect(lines.some((line) => line.includes('"HandlerFailed"'))).toBe(true);
  });

  it('throws our own errors as they are, which are no trouble to report', async () => {
    const error = new TransientError('again');
    await expect(withSafeErrors(() => Promise.reject(error))({}, context)).rejects.toBe(error);
    expect(logged('the invocation failed')).toEqual([]);
    expect(lines.join()).not.toContain('HandlerFailed');
  });

  it('says which failure it was at when it failed', async () => {
    const ids = { correlationId: 'trace-1', failureId: 'order-1' };
    const failing = withSafeErrors(() => withFailureIds(ids, () => Promise.reject(foreign())));
    await expect(failing({}, context)).rejects.toThrow();
    expect(logged('the invocation failed')).toMatchObject([ids]);
  });

  it('does not lay what the next invocation does at the same door', async () => {
    const ids = { correlationId: 'trace-1', failureId: 'order-1' };
    await withSafeErrors(() => withFailureIds(ids, () => Promise.reject(foreign())))({}, context).catch(
      () => undefined,
    );
    await withSafeErrors(async () => logger.info('next'))({}, context);
    expect(logged('next')).toHaveLength(1);
    expect(logged('next')[0]).not.toHaveProperty('correlationId');
    expect(logged('next')[0]).not.toHaveProperty('failureId');
  });
});

describe('what is logged of work about a failure', () => {
  it('carries its ids as long as the work takes', async () => {
    await withFailureIds({ correlationId: 'trace-1', failureId: 'order-1' }, async () => logger.info('during'));
    logger.info('after');
    expect(logged('during')).toMatchObject([{ correlationId: 'trace-1', failureId: 'order-1' }]);
    expect(logged('after')[0]).not.toHaveProperty('correlationId');
  });
});

describe('what is logged of an error', () => {
  it('is its name and where it was thrown', () => {
    const { error, frames } = errorFacts(foreign());
    expect(error).toBe('SyntaxError');
    expect(frames).toEqual(expect.arrayContaining([expect.stringMatching(/^\s+at .*telemetry\.test\.ts/)]));
  });

  it('is its code, too, where that is a short word', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(errorFacts(refused)).toMatchObject({ error: 'Error', code: 'ECONNREFUSED' });
  });

  it.each([SECRET, 'two words', '', 'x'.repeat(65), 42, undefined])('is not a code such as %o', (code) => {
    expect(errorFacts(Object.assign(new Error('broken'), { code })).code).toBeUndefined();
  });

  it('is nothing that it says, even on several lines', () => {
    const error = new Error(`broken:\n${SECRET}\nend`);
    expect(JSON.stringify(errorFacts(error))).not.toContain(SECRET);
    expect(errorFacts(SECRET)).toEqual({ error: 'string', frames: undefined });
    expect(JSON.stringify(errorFacts(new Error(`first line\n    at ${SECRET}`)))).not.toContain(SECRET);
  });
});

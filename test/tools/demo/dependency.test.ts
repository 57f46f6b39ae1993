import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DemoDependency, startDependency } from '../../../tools/demo/dependency.ts';

let dependency: DemoDependency;

beforeEach(async () => {
  dependency = await startDependency();
});

afterEach(() => dependency.stop());

/** @returns status and Retry-After of an answer, or the code of a network error */
async function call(path: string, init: RequestInit = {}): Promise<string> {
  try {
    const response = await fetch(`${dependency.url}${path}`, init);
    const retryAfter = response.headers.get('retry-after');
    return retryAfter === null ? `${response.status}` : `${response.status} after ${retryAfter}`;
  } catch (error) {
    const { name, cause } = error as Error;
    return cause === undefined ? name : String((cause as { code?: string }).code);
  }
}

describe('the answer that a path asks for', () => {
  it.each([
    ['/ok', ['200', '200']],
    ['/status/400', ['400', '400']],
    ['/status/401', ['401']],
    ['/status/409', ['409']],
    ['/status/503?page=2', ['503']],
    ['/flaky/2/a', ['503', '503', '200', '200']],
    ['/throttled/4/1/a', ['429 after 4', '200']],
    ['/reset', ['ECONNRESET', 'ECONNRESET']],
    ['/reset/1/a', ['ECONNRESET', '200']],
    ['/reset-after/a', ['ECONNRESET', '200']],
    ['/no-such-behaviour', ['404']],
  ])('%s: %j', async (path, answers) => {
    const seen: string[] = [];
    for (const _ of answers) seen.push(await call(path));
    expect(seen).toEqual(answers);
    expect(dependency.calls).toHaveLength(answers.length);
  });

  it('never comes on /hang', async () => {
    const impatience = new AbortController();
    const answer = call('/hang', { signal: impatience.signal });
    while (dependency.calls.length === 0) await nextTurn();
    expect(await Promise.race([answer, call('/ok')])).toBe('200');
    impatience.abort();
    expect(await answer).toBe('AbortError');
  });

  it('counts the calls of each name on its own', async () => {
    expect([await call('/flaky/1/a'), await call('/flaky/1/b'), await call('/flaky/1/a')]).toEqual([
      '503',
      '503',
      '200',
    ]);
  });
});

it('never closes an idle connection, because its clients have a virtual clock', async () => {
  const { headers } = await fetch(`${dependency.url}/ok`);
  expect(headers.get('connection')).toBe('keep-alive');
  expect(headers.get('keep-alive')).toBeNull();
});

describe('a gate', () => {
  it('fails its calls until it opens, and again after it closes', async () => {
    const seen = [await call('/gated/a/1')];
    dependency.open('a');
    seen.push(await call('/gated/a/1'), await call('/gated/b'));
    dependency.close('a');
    expect([...seen, await call('/gated/a/1')]).toEqual(['503', '200', '503', '503']);
  });
});

describe('effects', () => {
  it.each([
    ['GET', '/ok', 0],
    ['POST', '/ok', 1],
    ['PUT', '/ok', 1],
    ['POST', '/status/400', 0],
    ['POST', '/flaky/1/a', 0],
    ['POST', '/reset', 0],
    ['POST', '/reset-after/a', 1],
  ])('%s %s makes %i', async (method, path, count) => {
    await call(path, { method });
    expect(dependency.effects).toHaveLength(count);
  });

  it('repeats the stored answer for a key it has seen', async () => {
    const post = { method: 'POST', headers: { 'idempotency-key': 'k1', 'x-correlation-id': 'c1' }, body: '{}' };
    expect([await call('/reset-after/a', post), await call('/reset-after/a', post)]).toEqual(['ECONNRESET', '200']);
    expect(dependency.calls).toHaveLength(2);
    expect(dependency.effects).toEqual([
      { method: 'POST', path: '/reset-after/a', correlationId: 'c1', idempotencyKey: 'k1' },
    ]);
  });

  it('makes a second one without a key', async () => {
    await call('/reset-after/a', { method: 'POST' });
    await call('/reset-after/a', { method: 'POST' });
    expect(dependency.effects).toHaveLength(2);
  });

  it('lets a refused call use its key again', async () => {
    const post = { method: 'POST', headers: { 'idempotency-key': 'k1' } };
    expect([await call('/flaky/1/a', post), await call('/flaky/1/a', post)]).toEqual(['503', '200']);
    expect(dependency.effects).toHaveLength(1);
  });

  it("are listed at /effects, which doesn't count as a call", async () => {
    await call('/ok', { method: 'DELETE' });
    const response = await fetch(`${dependency.url}/effects`);
    expect(await response.json()).toEqual([{ method: 'DELETE', path: '/ok' }]);
    expect(dependency.calls).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import type { ConflictRecord } from '../../../../lambdas/contract/conflict-record.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { ConflictSettings } from '../../../../lambdas/contract/settings.ts';
import {
  isUnresolvable,
  nextConflictRecord,
  questionNumber,
} from '../../../../lambdas/domain/conflict/conflict-mode.ts';

const ASK: ConflictSettings = { strategy: 'ask', sensitive: [] };

/** The conflict record after a call got a conflict. */
function known(
  operation: Partial<HttpOperation>,
  { conflict, sent, settings = ASK }: { conflict?: ConflictRecord; sent?: string; settings?: ConflictSettings } = {},
) {
  const failure = { operation: { method: 'PUT', path: '/', ...operation } as HttpOperation };
  return nextConflictRecord({ kind: 'conflict' }, { failure, conflict }, { conflict: settings }, sent);
}

describe('what is known of a conflict', () => {
  it.each<[string, Partial<HttpOperation>, readonly string[]]>([
    ['the version of the caller', { ifMatch: '"v1"' }, ['"v1"']],
    ['the version among the headers of the caller', { headers: { 'if-match': 'W/"v1"' } }, ['W/"v1"']],
    ['each of several versions', { ifMatch: '"v1", W/"v2"' }, ['"v1"', 'W/"v2"']],
    ['nothing, where any version would do', { ifMatch: '*' }, []],
    ['nothing, where no version was named', {}, []],
  ])('first: %s was refused', (_, operation, refused) => {
    expect(known(operation)).toEqual({ rounds: 0, refused });
  });

  it.each(['PUT', 'PATCH', 'DELETE'] as const)('is to be resolved after a %s', (method) => {
    expect(known({ method })?.end).toBeUndefined();
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'POST'] as const)('ends at once after a %s, which has no state', (method) => {
    expect(known({ method, ifMatch: '"v1"' })).toEqual({ rounds: 0, refused: [], end: 'not-a-write' });
  });

  it('ends at once where the strategy is to reject, even one that has begun otherwise', () => {
    const settings: ConflictSettings = { strategy: 'reject', sensitive: [] };
    const rejected = { rounds: 0, refused: [], end: 'rejected' };
    expect(known({ ifMatch: '"v1"' }, { settings })).toEqual(rejected);
    // Remembers rejected versions, so that a comparison in a later cycle doesn't send them again.
    const conflict: ConflictRecord = { rounds: 2, refused: ['"v1"'] };
    expect(known({}, { settings, conflict, sent: '"v2"' })).toEqual({ ...rejected, refused: ['"v1"', '"v2"'] });
  });

  it('counts the rounds, gathers what was refused, and ends with the third', () => {
    const first = known({ ifMatch: '"v1"' });
    const second = known({}, { conflict: first, sent: '"v2"' });
    expect(second).toEqual({ rounds: 1, refused: ['"v1"', '"v2"'] });
    const third = known({}, { conflict: second, sent: '"v3"' });
    expect(third).toEqual({ rounds: 2, refused: ['"v1"', '"v2"', '"v3"'] });
    const last = known({}, { conflict: third, sent: '"v4"' });
    expect(last).toMatchObject({ rounds: 3, end: 'contended' });
  });

  it('counts a round in which another client created the deleted resource again, and sends no version', () => {
    const conflict: ConflictRecord = { rounds: 0, refused: ['"v1"'] };
    expect(known({}, { conflict, sent: '' })).toEqual({ rounds: 1, refused: ['"v1"'] });
  });

  it('counts a round whose read was refused, and forgets how a question ended', () => {
    const conflict: ConflictRecord = { rounds: 0, refused: ['"v1"'], end: 'both-changed', fields: ['/a'] };
    expect(known({}, { conflict })).toEqual({ rounds: 1, refused: ['"v1"'], fields: ['/a'] });
  });

  it.each(['transient', 'throttled', 'permanent', 'expected'] as const)('is nothing after a verdict of %s', (kind) => {
    const failure = { operation: { method: 'PUT', path: '/' } as const };
    expect(
      nextConflictRecord({ kind }, { failure, conflict: { rounds: 1, refused: [] } }, { conflict: ASK }),
    ).toBeUndefined();
  });
});

describe('a conflict', () => {
  it.each([
    ['rejected', true],
    ['not-a-write', true],
    ['etag-missing', true],
    ['contended', true],
    ['both-changed', false],
    ['asked-for', false],
    ['resubmitted', false],
    [undefined, false],
  ] as const)('that ends with %s is given up: %s', (end, expected) => {
    expect(isUnresolvable({ rounds: 0, refused: [], end })).toBe(expected);
  });
});

describe('the number of a question', () => {
  it.each([
    [undefined, 1],
    ['1.1', 2],
    ['12.9', 10],
  ])('after %s is %i', (id, expected) => {
    expect(questionNumber(id === undefined ? undefined : { id })).toBe(expected);
  });
});

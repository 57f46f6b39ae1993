import { describe, expect, it } from 'vitest';
import type { ConflictRecord, Question } from '../../../../lambdas/contract/conflict-record.ts';
import type { Failure } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { ConflictSettings } from '../../../../lambdas/contract/settings.ts';
import type { RoundResult } from '../../../../lambdas/domain/conflict/round-result.ts';
import {
  analyzeFailedCall,
  analyzeInterruptedCall,
  recordUndecided,
  recordUnresolvable,
} from '../../../../lambdas/domain/recovery/call-failure.ts';
import { json } from '../../../support/json.ts';
import { NOW, sampleEntry, sampleFailure, sampleSettings } from '../../../support/samples.ts';

const MERGE: ConflictSettings = { strategy: 'merge', arrayKeys: {}, sensitive: [] };
const SETTINGS = sampleSettings({ conflict: MERGE, idempotencyKeys: true });
const BEGUN: ConflictRecord = { rounds: 1, refused: ['"v1"', '"v2"'] };
type Failed = Extract<RoundResult, { kind: 'failed' }>;

/** An entry with a started round of a write with this method. */
function begun(method: Failure['operation']['method'], change: Partial<LedgerEntry> = {}): LedgerEntry {
  const operation = { method, path: '/orders/1', ifMatch: '"v1"' } as const;
  return sampleEntry({ failure: sampleFailure({ operation }), conflict: BEGUN, attempts: 2, ...change });
}
const timeout: Failed = { kind: 'failed', error: { name: 'TimeoutError' } };
const status = (statusCode: number): Failed => ({ kind: 'failed', error: { statusCode } });

describe('a round that failed', () => {
  it.each(['PUT', 'PATCH', 'DELETE'] as const)(
    'at the read says nothing of the %s: it has changed nothing',
    (method) => {
      for (const result of [timeout, status(503)]) {
        const { verdict, uncertain, conflict } = analyzeFailedCall(result, begun(method), SETTINGS, NOW);
        expect([verdict.effect, uncertain, conflict]).toEqual(['none', undefined, undefined]);
      }
    },
  );

  it.each([
    ['PUT', undefined],
    ['DELETE', undefined],
    // Its key belongs to that version. The next round has another key.
    ['PATCH', 'attempt'],
  ] as const)('at the %s without an answer leaves it uncertain: %s', (method, uncertain) => {
    const learned = analyzeFailedCall({ ...timeout, sent: '"v3"' }, begun(method), SETTINGS, NOW);
    expect(learned.verdict.effect).toBe('unknown');
    expect(learned.uncertain).toBe(uncertain);
    expect(analyzeInterruptedCall(begun(method), SETTINGS, 'unknown', NOW).uncertain).toBe(uncertain);
  });

  it('before it kept theirs leaves nothing uncertain: nothing was to be called', () => {
    const at = new Date(NOW).toISOString();
    const answer = { choice: 'theirs', by: 'ops', why: 'so', at } as const;
    const question: Question = {
      id: '1.1',
      because: 'both-changed',
      state: 'digest',
      shown: '{}',
      answer,
      askedAt: at,
      until: at,
    };
    expect(analyzeInterruptedCall(begun('PATCH', { question }), SETTINGS, 'unknown', NOW).uncertain).toBeUndefined();
  });

  it('since somebody was faster is counted, and its version is not sent again', () => {
    const { conflict } = analyzeFailedCall({ ...status(412), sent: '"v3"' }, begun('PUT'), SETTINGS, NOW);
    expect(conflict).toEqual({ rounds: 2, refused: ['"v1"', '"v2"', '"v3"'], version: '"v3"' });
  });

  it('stores the version and the fields of the intended write in the ledger', () => {
    const lost = { ...status(412), sent: '"v3"', fields: ['/a'] };
    const last = begun('PUT', { conflict: { rounds: 2, refused: ['"v1"'], fields: ['/old'], version: '"v2"' } });
    const { conflict } = analyzeFailedCall(lost, last, SETTINGS, NOW);
    expect(conflict).toMatchObject({ end: 'contended', version: '"v3"', fields: ['/a'] });
  });

  it("ends at an error that can't pass", () => {
    const learned = analyzeFailedCall({ ...status(422), sent: '"v3"' }, begun('PUT'), SETTINGS, NOW);
    expect(learned.verdict.kind).toBe('permanent');
  });

  it('with a time to wait for waits', () => {
    const error = { statusCode: 429, headers: { 'retry-after': '9' } };
    expect(analyzeFailedCall({ kind: 'failed', error }, begun('PUT'), SETTINGS, NOW).notBefore).toBe(NOW + 9_000);
  });
});

describe('a call before there was a conflict', () => {
  it('begins one with the version that it was made for', () => {
    const { conflict: _, ...entry } = begun('PUT');
    const learned = analyzeFailedCall(status(412), entry, SETTINGS, NOW);
    expect(learned.conflict).toEqual({ rounds: 0, refused: ['"v1"'] });
  });

  it.each<[string, boolean, string, object, string | undefined]>([
    ['a JSON Patch that may have been made', true, 'application/json-patch+json', {}, 'attempt'],
    ['one whose base tells', true, 'application/json-patch+json', { base: json({ items: [] }) }, undefined],
    ['one that was not made', false, 'application/json-patch+json', {}, undefined],
    ['a merge patch, which shows', true, 'application/merge-patch+json', {}, undefined],
  ])('that has lost its race after %s: uncertain %j', (_, possibleEffect, contentType, change, uncertain) => {
    const body = contentType.includes('json-patch') ? [{ op: 'add', path: '/items/-', value: 1 }] : { a: 1 };
    const operation = {
      method: 'PATCH',
      path: '/orders/1',
      body: json(body),
      headers: { 'content-type': contentType },
    } as const;
    const failure = sampleFailure({ operation: { ...operation, ...change } });
    const learned = analyzeFailedCall(status(412), sampleEntry({ failure, possibleEffect }), SETTINGS, NOW);
    expect(learned.uncertain).toBe(uncertain);
  });

  it('may be repeated under the same key', () => {
    const { conflict: _, ...entry } = begun('PATCH');
    expect(analyzeFailedCall(timeout, entry, SETTINGS, NOW).uncertain).toBeUndefined();
    expect(analyzeInterruptedCall(entry, SETTINGS, 'unknown', NOW).uncertain).toBeUndefined();
  });
});

describe('a comparison', () => {
  const round = {
    kind: 'undecided',
    because: 'both-changed',
    shown: { difference: [] },
    state: 'digest',
    fields: ['/a'],
    version: '"v9"',
  } as const;
  const times = { decisionMs: 1_000, deadlineMs: 500, now: NOW, durableAttempts: 3 };
  const asked = (id: string): Question => ({
    id,
    because: 'both-changed',
    state: 'digest',
    shown: '{}',
    askedAt: new Date(NOW).toISOString(),
    until: new Date(NOW).toISOString(),
  });

  it('without a next attempt keeps the known facts', () => {
    const learned = recordUnresolvable(begun('PUT'), 'etag-missing');
    expect(learned).toMatchObject({ verdict: { kind: 'conflict' }, conflict: { ...BEGUN, end: 'etag-missing' } });
  });

  it('that nobody can settle asks, with new rounds, attempts and time', () => {
    const learned = recordUndecided(begun('PUT'), round, times);
    expect(learned).toMatchObject({
      verdict: { kind: 'conflict', rule: 'compared' },
      conflict: { rounds: 0, refused: BEGUN.refused, end: 'both-changed', fields: ['/a'], version: '"v9"' },
      asked: { attemptLimit: 5, deadline: NOW + 1_500, question: { id: '1.1', state: 'digest', version: '"v9"' } },
    });
    expect(learned.asked?.question.until).toBe(new Date(NOW + 1_000).toISOString());
  });

  it.each([
    [0, { rounds: 1, refused: ['"v1"'] }, undefined],
    [1, { rounds: 2, refused: ['"v1"'] }, undefined],
    [2, { rounds: 0, end: 'same-version' }, '1.1'],
  ])('looks again at a version that was refused, which may be a copy that is behind: round %i', (rounds, next, id) => {
    const entry = begun('PUT', { conflict: { rounds, refused: ['"v1"'] } });
    const learned = recordUndecided(entry, { ...round, because: 'same-version' }, times);
    expect(learned.conflict).toMatchObject(next);
    expect(learned.asked?.question.id).toBe(id);
  });

  it('asks under a number of its own in each cycle', () => {
    const { asked: first } = recordUndecided(begun('PUT', { cycle: 2 }), round, times);
    const { asked: second } = recordUndecided(begun('PUT', { cycle: 2, question: asked('2.1') }), round, times);
    expect([first?.question.id, second?.question.id]).toEqual(['2.1', '2.2']);
  });

  it('asks at most five times: each decision comes too late', () => {
    expect(recordUndecided(begun('PUT', { question: asked('1.4') }), round, times).asked?.question.id).toBe('1.5');
    const last = recordUndecided(begun('PUT', { question: asked('1.5') }), round, times);
    expect(last).toMatchObject({ conflict: { end: 'contended', fields: round.fields, version: round.version } });
    expect(last.asked).toBeUndefined();
  });
});

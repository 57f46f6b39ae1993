import { describe, expect, it } from 'vitest';
import type { Answer, Question } from '../../../../lambdas/contract/conflict-record.ts';
import type { ConflictSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { stateDigest } from '../../../../lambdas/domain/conflict/compare.ts';
import type { Advice } from '../../../../lambdas/use-cases/conflict/resolve-round.ts';
import { json } from '../../../support/json.ts';
import { NOW } from '../../../support/samples.ts';
import { failed, found, OURS, round } from './round-scene.ts';

const ASK: ConflictSettings = { strategy: 'ask', sensitive: [] };
const FUNCTION: ConflictSettings = { strategy: 'function', sensitive: [] };

function decided(choice: Answer['choice'], about: CallResult, body?: string): { readonly question: Question } {
  const at = new Date(NOW).toISOString();
  const state = about.kind === 'ok' ? stateDigest(about) : 'gone';
  const answer = { choice, by: 'ops', why: 'so', at, body };
  const version = about.kind === 'ok' ? about.headers?.etag : undefined;
  const seen = { state, shown: '{}', version };
  return { question: { id: '1.1', because: 'asked-for', askedAt: at, until: at, ...seen, answer } };
}

describe('a decision', () => {
  const theirs = found({ a: 3, b: 1 });

  it('for ours repeats the write on the state that the operator saw', async () => {
    const { ended, writes } = await round({
      read: theirs,
      entry: decided('ours', theirs),
      settings: { conflict: ASK },
    });
    expect(writes).toMatchObject([{ ifMatch: '"v2"', body: OURS.body }]);
    expect(ended).toMatchObject({ kind: 'ok', resolution: { how: 'resubmitted', winner: 'ours' } });
  });

  it('for theirs makes no call at all', async () => {
    const conflict = { rounds: 0, refused: ['"v1"'], fields: ['/a'] };
    const { ended, reads, writes } = await round({ entry: { ...decided('theirs', theirs), conflict } });
    expect([...reads, ...writes]).toEqual([]);
    const resolution = { how: 'decided', winner: 'theirs', fields: ['/a'], version: '"v2"' };
    expect(ended).toEqual({ kind: 'ok', statusCode: 204, resolution });
  });

  it('for a merged state writes that', async () => {
    const { ended, writes } = await round({ read: theirs, entry: decided('merged', theirs, '{"a":9}') });
    expect(writes).toMatchObject([{ ifMatch: '"v2"', body: json({ a: 9 }) }]);
    expect(ended).toMatchObject({ kind: 'ok', resolution: { winner: 'merged' } });
  });

  it('for a deleted resource creates it again, unless another client did', async () => {
    const gone = failed(404);
    const { ended: made, writes } = await round({ read: gone, entry: decided('ours', gone) });
    expect(made).toEqual({
      kind: 'ok',
      statusCode: 200,
      resolution: { how: 'resubmitted', winner: 'ours', fields: [] },
    });
    expect(writes).toMatchObject([{ method: 'PUT', headers: { 'if-none-match': '*' }, body: OURS.body }]);
    expect(writes[0]?.ifMatch).toBeUndefined();
    const { ended } = await round({ read: theirs, entry: decided('ours', gone) });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'changed-since' });
  });

  it.each(['ours', 'merged'] as const)('for %s is asked again if the state has changed', async (choice) => {
    const entry = decided(choice, theirs, choice === 'merged' ? '{"a":9}' : undefined);
    const { ended, writes } = await round({ read: found({ a: 4, b: 1 }, '"v3"'), entry });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'changed-since', version: '"v3"' });
    expect(writes).toEqual([]);
  });

  it('holds where only the version has changed', async () => {
    const { writes } = await round({ read: found({ b: 1, a: 3 }, '"v3"'), entry: decided('ours', theirs) });
    expect(writes).toMatchObject([{ ifMatch: '"v3"' }]);
  });

  it.each([
    ['ours', { a: 2, b: 1 }, undefined],
    ['merged', { a: 9 }, '{"a":9}'],
  ] as const)(
    'for %s is not asked again if the write succeeded and only its answer was lost',
    async (choice, state, body) => {
      const { ended, writes } = await round({ read: found(state, '"v3"'), entry: decided(choice, theirs, body) });
      expect(ended).toMatchObject({ kind: 'ok', resolution: { how: 'already-applied', winner: choice } });
      expect(writes).toEqual([]);
    },
  );

  it('does not send a version that was refused', async () => {
    const entry = { ...decided('ours', theirs), conflict: { rounds: 1, refused: ['"v1"', '"v2"'] } };
    const { ended, writes } = await round({ read: theirs, entry });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'same-version' });
    expect(writes).toEqual([]);
  });
});

describe('the advice of your function', () => {
  const settings = { conflict: FUNCTION };
  const theirs = found({ a: 3, b: 1 });
  const advised = (advice: Advice) => round({ read: theirs, settings, advice: async () => advice });

  it.each<[string, Advice, unknown, unknown]>([
    ['keeps ours', { resolution: 'ours' }, { winner: 'ours', how: 'resubmitted' }, { a: 2, b: 1 }],
    ['keeps theirs', { resolution: 'theirs' }, { winner: 'theirs', how: 'decided' }, undefined],
    ['merges', { resolution: 'merged', body: json({ a: 9 }) }, { winner: 'merged', how: 'resubmitted' }, { a: 9 }],
    [
      'merges into what is there',
      { resolution: 'merged', body: json({ a: 3, b: 1 }) },
      { how: 'already-applied' },
      undefined,
    ],
  ])('%s', async (_, advice, resolution, body) => {
    const { ended, writes } = await advised(advice);
    expect(ended).toMatchObject({ kind: 'ok', resolution });
    expect(writes.map((write) => JSON.parse(write.body ?? ''))).toEqual(body === undefined ? [] : [body]);
  });

  it('may want a human', async () => {
    const { ended } = await advised({ resolution: 'ask' });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'asked-for' });
  });

  it('is none where it fails', async () => {
    const { ended, writes } = await round({
      read: theirs,
      settings,
      advice: () => Promise.reject(new Error('secret')),
    });
    expect(ended).toEqual({ kind: 'no-advice' });
    expect(writes).toEqual([]);
  });

  it('is not asked for without a question, or without a way to apply the answer', async () => {
    for (const read of [found({ a: 2, b: 1 }), failed(404), found({ a: 3 }, '"v1"')]) {
      const { ended } = await round({ read, settings });
      expect(ended.kind).not.toBe('no-advice');
    }
  });
});

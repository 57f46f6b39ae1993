import { describe, expect, it } from 'vitest';
import type { SeenRun } from '../../../bin/console/page/documents.ts';
import { runPlaces } from '../../../bin/console/page/run-places.ts';
import { endOf, linkOf, summaryOf } from '../../../bin/console/page/run-words.ts';
import { loadedText } from '../../../bin/console/page/text.ts';

const run = (change: Partial<SeenRun> = {}): SeenRun => ({
  id: 'run-1',
  what: 'redrive',
  of: 'payments',
  why: 'they are back',
  state: 'done',
  done: 2,
  total: 2,
  text: '',
  startedAt: '2026-03-01T12:00:00.000Z',
  ...change,
});
const died = (ids: readonly string[], all = ids.length) => ({
  moved: all,
  matched: all,
  outcomes: {
    died: ids.length,
    underWay: 0,
    deaths: [{ reason: 'permanent', ids }],
    summary: `${ids.length} died again`,
  },
});

describe('the words for a run', () => {
  it.each<[Partial<SeenRun>, string]>([
    [{ state: 'running', total: 0 }, 'counting…'],
    [{ state: 'running', text: '5/s' }, '2 of 2 5/s'],
    [{ document: { moved: 2, matched: 2, left: 0 } }, 'moved 2'],
    [{ document: died(['a'], 3) }, 'moved 3: 1 died again'],
    [{ document: { moved: 1, matched: 3, left: 2 } }, 'moved 1 of 3, 2 left'],
    [
      { document: { moved: 1, matched: 1, left: 1, newer: 4 } },
      'moved 1; 1 other stays; 4 new ones arrived during it and were not moved',
    ],
    [{ what: 'discard', document: { discarded: ['a', 'b'] } }, 'discarded 2'],
    [{ state: 'failed', text: 'AWS denied access' }, 'AWS denied access'],
    [{ state: 'failed', text: 'AWS denied access', document: {} }, 'AWS denied access'],
  ])('%j are %j', (change, expected) => {
    expect(summaryOf(run(change))).toBe(expected);
  });

  it.each<[Partial<SeenRun>, string, string]>([
    [{ outcome: 'died-again' }, 'bad', 'died again'],
    [{ document: died(['a'], 3) }, 'bad', 'died again'],
    [{ outcome: 'healed' }, 'good', 'healed'],
    [{ document: died([], 3) }, 'good', 'healed'],
    [{ outcome: 'under-way' }, 'info', 'moved, under way'],
    // That it moved says nothing about the dead letters.
    [{}, 'info', 'moved'],
    [{ what: 'discard' }, 'good', 'done'],
    [{ state: 'failed' }, 'bad', 'failed'],
  ])('say how %j ended', (change, tone, word) => {
    expect(endOf(run(change))).toEqual({ tone, word });
  });

  it('link to what died again: the only one, or all of the dependency', () => {
    const one = linkOf(run({ document: died(['pay-7']) }));
    expect(one).toEqual({ href: '#/failure?id=pay-7&dependency=payments', text: 'Why pay-7 died again' });
    const two = linkOf(run({ document: died(['pay-7', 'pay-8']) }));
    expect(two).toEqual({ href: '#/letters?dependency=payments', text: 'The 2 dead letters that died again' });
    expect(linkOf(run({ document: { moved: 1 } }))).toBeUndefined();
    expect(linkOf(run({ state: 'running' }))).toBeUndefined();
  });
});

describe('where runs were begun', () => {
  it('survives a reload, as does what the operator has hidden', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
    };
    const places = runPlaces(storage);
    places.begun('run-1', '#/letters');
    places.hide(['run-2']);
    const again = runPlaces(storage);
    expect([again.placeOf('run-1'), again.placeOf('run-2')]).toEqual(['#/letters', undefined]);
    expect([again.isHidden('run-1'), again.isHidden('run-2')]).toEqual([false, true]);
  });
});

describe('how much of a list is loaded', () => {
  it.each([
    [{ loaded: 0, isLoading: true, hasMore: false, all: undefined }, 'Loading…'],
    [{ loaded: 1, isLoading: false, hasMore: false, all: 215 }, '1 failure'],
    [{ loaded: 35, isLoading: false, hasMore: true, all: 1_215 }, '35 of about 1,215, scroll for more'],
    [{ loaded: 35, isLoading: true, hasMore: true, all: 1_215 }, '35 of about 1,215, loading…'],
    [{ loaded: 35, isLoading: false, hasMore: true, all: undefined }, '35 so far, scroll for more'],
    // What is counted may lag behind.
    [{ loaded: 35, isLoading: false, hasMore: true, all: 30 }, '35 so far, scroll for more'],
  ])('%j reads %j', (facts, expected) => {
    expect(loadedText(facts)).toBe(expected);
  });
});

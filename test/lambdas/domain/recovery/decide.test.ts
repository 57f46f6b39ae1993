import { describe, expect, it } from 'vitest';
import type { Choice, ConflictRecord, Question } from '../../../../lambdas/contract/conflict-record.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { VerdictKind } from '../../../../lambdas/contract/verdict.ts';
import { decide } from '../../../../lambdas/domain/recovery/decide.ts';
import { NOW, sampleEntry, sampleFailure, sampleUndo } from '../../../support/samples.ts';
import { step } from '../../../support/undo-scene.ts';

const verdict = (kind: VerdictKind) => ({ ...sampleEntry().verdict, kind });
const CONFLICT = verdict('conflict');
const BEGUN: ConflictRecord = { rounds: 0, refused: ['"v1"'] };
const ASKED: Question = {
  id: '1.1',
  because: 'asked-for',
  state: 'digest',
  shown: '{}',
  askedAt: new Date(NOW - 1_000).toISOString(),
  until: new Date(NOW + 1).toISOString(),
};
const answered = (choice: Choice): Question => ({
  ...ASKED,
  answer: { choice, by: 'ops', why: 'so', at: ASKED.askedAt },
});
const at = (offsetMs: number) => new Date(NOW + offsetMs).toISOString();

describe('decide', () => {
  it.each<[string, Partial<LedgerEntry>, unknown]>([
    ['tries again what is transient', { verdict: verdict('transient') }, { action: 'attempt' }],
    ['tries again what was throttled', { verdict: verdict('throttled') }, { action: 'attempt' }],
    ['gives up what is permanent', { verdict: verdict('permanent') }, { action: 'give-up', reason: 'permanent' }],
    ['gives up a conflict', { verdict: verdict('conflict') }, { action: 'give-up', reason: 'conflict' }],
    ['ignores what was expected', { verdict: verdict('expected') }, { action: 'ignore' }],
    ['gives up at the limit of attempts', { attempts: 3 }, { action: 'give-up', reason: 'exhausted' }],
    ['tries once more below the limit', { attempts: 2 }, { action: 'attempt' }],
    ['waits until the named time', { notBefore: at(5_000) }, { action: 'wait', until: NOW + 5_000 }],
    ['goes on when the named time has come', { notBefore: at(0) }, { action: 'attempt' }],
    ['gives up at the deadline', { deadline: at(0) }, { action: 'give-up', reason: 'deadline' }],
    [
      'does not wait past the deadline',
      { notBefore: at(9), deadline: at(9) },
      { action: 'give-up', reason: 'deadline' },
    ],
    [
      'does not repeat a reported call of unknown result',
      { uncertain: 'reported' },
      { action: 'give-up', reason: 'unknown-result' },
    ],
    [
      'does not repeat a call of its own of unknown result',
      { uncertain: 'attempt' },
      { action: 'give-up', reason: 'unknown-result' },
    ],
    ['looks whether an interrupted call had ended', { uncertain: 'interrupted' }, { action: 'attempt' }],
    ['waits for a call under way', { inFlight: { token: 't', until: at(9) } }, { action: 'wait', until: NOW + 9 }],
    [
      'looks what became of a call that was cut off, even the last',
      { inFlight: { token: 't', until: at(0) }, attempts: 3 },
      { action: 'attempt' },
    ],
    [
      'asks about the result before it counts attempts',
      { uncertain: 'attempt', attempts: 3 },
      { action: 'give-up', reason: 'unknown-result' },
    ],
    [
      'never tries again what is being undone, for the reason that it was given up for',
      { undo: sampleUndo({ reason: 'conflict' }) },
      { action: 'give-up', reason: 'conflict' },
    ],
    [
      'nor ignores it',
      { undo: sampleUndo(), verdict: verdict('expected') },
      { action: 'give-up', reason: 'exhausted' },
    ],
  ])('%s', (_, change, expected) => {
    expect(decide(sampleEntry(change), NOW)).toEqual(expected);
  });
});

describe('decide, where a write has lost a race,', () => {
  const resolve = { action: 'resolve' };
  const giveUp = (reason: string) => ({ action: 'give-up', reason });
  const inFlight = (offsetMs: number) => ({ token: 't', until: at(offsetMs) });

  it.each<[string, Partial<LedgerEntry>, unknown]>([
    ['makes a round', {}, resolve],
    ['makes a round whatever the attempts before', { attempts: 9 }, resolve],
    ['makes none where no attempts are allowed in this tier', { attemptLimit: 0 }, giveUp('exhausted')],
    ...(['rejected', 'not-a-write', 'etag-missing', 'contended'] as const).map(
      (end) =>
        [`gives up where it is ${end}`, { conflict: { ...BEGUN, end } }, giveUp('conflict')] as [
          string,
          Partial<LedgerEntry>,
          unknown,
        ],
    ),
    ['waits for a human', { question: ASKED }, { action: 'ask' }],
    ['waits for a human even past a deadline of old', { question: ASKED, deadline: at(0) }, { action: 'ask' }],
    ['gives up when nobody has decided in time', { question: { ...ASKED, until: at(0) } }, giveUp('no-decision')],
    ['carries out that ours is kept', { question: answered('ours') }, resolve],
    ['carries out that theirs is kept', { question: answered('theirs') }, resolve],
    ['carries out what was merged', { question: answered('merged') }, resolve],
    [
      'carries out a decision after the time of the question',
      { question: { ...answered('ours'), until: at(0) } },
      resolve,
    ],
    ['discards what was abandoned', { question: answered('abandon') }, { action: 'discard' }],
    [
      'gives up what was abandoned, where completed steps are to be undone',
      { question: answered('abandon'), failure: sampleFailure({ undo: [step('reserve')] }) },
      giveUp('abandoned'),
    ],
    [
      'gives up what was abandoned, if its operation is missing, because nobody knows whether there are steps',
      { question: answered('abandon'), failure: undefined, operationItem: { token: 't', digest: 'd', until: 9 } },
      giveUp('abandoned'),
    ],
    ['gives up at the deadline', { deadline: at(0) }, giveUp('deadline')],
    ['gives up a decision at the deadline', { question: answered('ours'), deadline: at(0) }, giveUp('deadline')],
    ['waits for a round under way', { inFlight: inFlight(9) }, { action: 'wait', until: NOW + 9 }],
    ['looks what became of a round that was cut off', { inFlight: inFlight(0) }, resolve],
    ['waits for the circuit', { held: 'circuit', notBefore: at(9) }, { action: 'wait', until: NOW + 9 }],
    ['reads again after a read that failed', { verdict: verdict('transient'), attempts: 2 }, resolve],
    ['counts the reads that failed', { verdict: verdict('transient'), attempts: 3 }, giveUp('exhausted')],
    [
      'waits as a read was told to',
      { verdict: verdict('throttled'), notBefore: at(9) },
      { action: 'wait', until: NOW + 9 },
    ],
    ['gives up what may not be read', { verdict: verdict('permanent') }, giveUp('permanent')],
    [
      'repeats no write of unknown result',
      { verdict: verdict('transient'), uncertain: 'attempt' },
      giveUp('unknown-result'),
    ],
    ['nor one that was cut off', { uncertain: 'attempt' }, giveUp('unknown-result')],
  ])('%s', (_, change, expected) => {
    const entry = sampleEntry({ verdict: CONFLICT, conflict: BEGUN, ...change });
    expect(decide(entry, NOW)).toEqual(expected);
  });
});

import { describe, expect, it } from 'vitest';
import type { VerdictKind } from '../../../../lambdas/shared/classification/verdict.ts';
import type { LedgerEntry } from '../../../../lambdas/shared/ledger/ledger-entry.ts';
import { decide } from '../../../../lambdas/shared/recovery/decide.ts';
import { NOW, sampleEntry, sampleUndo } from '../../../support/samples.ts';

const verdict = (kind: VerdictKind) => ({ ...sampleEntry().verdict, kind });
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

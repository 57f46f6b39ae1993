import { describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../../bin/console/endpoints.ts';
import type { AuditRecord, SeenRun } from '../../../bin/console/page/documents.ts';
import { resumableRecords, resumableRun } from '../../../bin/console/page/resumable.ts';

const AT = '2026-03-01T12:00:00.000Z';
const record = (id: string, action: string, result: string, more: Partial<AuditRecord> = {}): AuditRecord => ({
  id,
  action,
  at: AT,
  by: 'ada',
  principal: 'ada',
  dependency: 'payments',
  end: { at: AT, result },
  ...more,
});
const run = (change: Partial<SeenRun>): SeenRun => ({
  id: 'r',
  what: 'discard',
  of: 'payments',
  state: 'paused',
  done: 1,
  total: 3,
  text: '',
  startedAt: AT,
  why: 'fixed',
  document: { act: 'a' },
  ...change,
});

describe('a run in the history', () => {
  const idsOf = (...records: readonly AuditRecord[]) => [...resumableRecords(records).keys()].map(({ id }) => id);

  it.each<[string, readonly AuditRecord[], readonly string[]]>([
    [
      'interrupted discards, each',
      [record('b', 'discard', 'interrupted'), record('a', 'discard', 'interrupted')],
      ['b', 'a'],
    ],
    [
      'none that is resumed',
      [record('b', 'discard', 'done', { facts: { resumed: 'a' } }), record('a', 'discard', 'interrupted')],
      [],
    ],
    ['none that is done', [record('a', 'discard', 'done')], []],
    [
      'the latest redrive of a lane',
      [record('b', 'redrive', 'interrupted'), record('a', 'redrive', 'interrupted')],
      ['b'],
    ],
    ['no redrive before one that is done', [record('b', 'redrive', 'done'), record('a', 'redrive', 'interrupted')], []],
  ])('can be resumed: %s', (_, records, ids) => {
    expect(idsOf(...records)).toEqual(ids);
  });
});

describe('a run of this console', () => {
  it('resumes from a pause, a discard by its record', () => {
    expect(resumableRun(run({}))).toEqual({ what: 'discard', of: 'payments', act: 'a' });
    expect(resumableRun(run({ what: 'redrive' }))).toEqual({ what: 'redrive', of: 'payments' });
    expect(resumableRun(run({ state: 'done' }))).toBeUndefined();
    // It was interrupted before it had a record.
    expect(resumableRun(run({ document: undefined }))).toBeUndefined();
  });

  it('continues by the command of the tool', () => {
    const act = '2026-03-01T12:00:00.000Z#abc-_9';
    expect(ENDPOINTS['resume-discard']?.({ act, of: 'payments', why: 'w' })).toEqual({
      kind: 'run',
      what: 'discard',
      of: 'payments',
      why: 'w',
      args: ['dlq', 'discard', `--resume=${act}`, '--why=w'],
    });
  });
});

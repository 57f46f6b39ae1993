import { describe, expect, it } from 'vitest';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../../../lambdas/contract/time.ts';
import { QUESTION_SHARD } from '../../../../lambdas/domain/ledger/pending-shard.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { LedgerStore } from '../../../../lambdas/use-cases/ledger/ledger-store.ts';
import { memoryEntries } from '../../../../tools/sim/cloud/memory-entries.ts';
import { sampleQuestion } from '../../../support/questions.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';

const ANSWER = { choice: 'ours', by: 'ada', why: 'so', at: iso(NOW) } as const;
type Write = (ledger: Ledger, read: LedgerEntry) => Promise<unknown>;

/** Writes of processes that may have read the entry before its question was asked, or answered. */
const LATE_WRITES: Readonly<Record<string, Write>> = {
  hold: (ledger, read) => ledger.hold(read, { because: 'circuit', until: NOW + 1 }),
  escalateToWorkflow: (ledger, read) => ledger.escalateToWorkflow(read, { execution: 'e', attemptLimit: 6 }),
  rescue: (ledger, read) => ledger.rescue(read, 'e+r1'),
  postpone: (ledger, read) => ledger.postpone({ ...read, dueAt: iso(NOW + 60_000) }),
  delayAttempt: (ledger, read) => ledger.delayAttempt(read, NOW + 1),
  passOn: (ledger, read) => ledger.passOn(read, { messageId: 'm', copy: 0 }),
};

/** A ledger with a failure, and the failure as it was read before its attempt asked a question. */
async function asked() {
  const ledger = new LedgerStore(memoryEntries(), {
    now: () => NOW,
    reconcileAfterMs: 60_000,
    retentionMs: 60_000,
    newToken: () => 'token',
  });
  const read = await ledger.claim(sampleEntry());
  const begun = await ledger.beginAttempt(read, { token: 'mine', until: NOW + 1_000 });
  const question = sampleQuestion();
  const entry = await ledger.recordFailedAttempt(begun ?? read, {
    verdict: read.verdict,
    asked: { question, attemptLimit: 9, deadline: NOW + 1_000 },
    step: { at: iso(NOW), step: 'attempt-failed' },
  });
  return { ledger, read, asked: { ...(entry ?? read), question } };
}

describe.each(Object.entries(LATE_WRITES))('a late %s', (_, write) => {
  it('leaves an open question in the list of questions', async () => {
    const { ledger, read } = await asked();
    await write(ledger, read);
    expect(await ledger.get(failureKey(read))).toMatchObject({ question: {}, pendingShard: QUESTION_SHARD });
  });

  it('does not put an answered question back into it', async () => {
    const scene = await asked();
    await scene.ledger.recordAnswer(scene.asked, ANSWER);
    await write(scene.ledger, scene.asked);
    expect((await scene.ledger.get(failureKey(scene.read)))?.pendingShard).toMatch(/^pending-/);
  });
});

import type { SQSRecord } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { processLaneBatch } from '../../../../lambdas/adapters/lane/lane-batch.ts';
import { BusyError } from '../../../../lambdas/contract/errors.ts';
import { writeFailure } from '../../../../lambdas/domain/boundary/failure-json.ts';
import { type Known, lanePorts } from '../../../support/lane.ts';
import { sampleEntry, sampleFailure, sampleSettings } from '../../../support/samples.ts';

afterEach(() => vi.restoreAllMocks());

const record = (messageId: string, detail: object) => ({ messageId, body: writeFailure(detail) }) as SQSRecord;
const PLENTY = () => 60_000;

/** A lane whose ledger knows only these entries. It stores any other failure as settled. */
function lane(known: Known = {}) {
  vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
  const metrics = vi.spyOn(console, 'log').mockReturnValue();
  const rejected: unknown[] = [];
  const started: string[] = [];
  const { ports, claimed } = lanePorts(known, {
    startRecovery: async ({ execution }) => void started.push(String(execution)),
    intake: { settings: sampleSettings(), deadLetterQueueUrl: 'url', deadlineMs: 1_000, retentionMs: 30 * 86_400_000 },
    keepRejected: async (each) => void rejected.push(each),
    requeue: async () => undefined,
  });
  return { ports, rejected, started, claimed, metrics };
}

describe('a batch of the lane', () => {
  it('gives back only the message that failed', async () => {
    const { ports } = lane({ broken: new Error('the table is gone'), busy: new BusyError('another is at it') });
    const records = ['fine', 'broken', 'busy', 'well'].map((id) => record(`m-${id}`, sampleFailure({ id })));
    expect(await processLaneBatch(records, ports, PLENTY)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-broken' }, { itemIdentifier: 'm-busy' }],
    });
  });

  it('keeps a rejected message unchanged, and continues', async () => {
    const { ports, rejected, claimed } = lane();
    const records = [record('1', { nonsense: true }), record('2', sampleFailure({ id: 'next' }))];
    expect(await processLaneBatch(records, ports, PLENTY)).toEqual({ batchItemFailures: [] });
    expect(rejected).toMatchObject([
      { reason: { code: 'invalid-field' }, dependency: 'payments', event: records[0]?.body },
    ]);
    expect(claimed).toEqual(['next']);
  });

  it('gives a message back that could not be kept as rejected', async () => {
    const { ports } = lane();
    const failing = { ...ports, keepRejected: () => Promise.reject(new Error('the queue is gone')) };
    const { batchItemFailures } = await processLaneBatch([record('1', {})], failing, PLENTY);
    expect(batchItemFailures).toEqual([{ itemIdentifier: '1' }]);
  });

  it('begins no further message when the time of the function runs out', async () => {
    const { ports, claimed } = lane();
    const records = ['a', 'b', 'c'].map((id) => record(`m-${id}`, sampleFailure({ id })));
    expect(await processLaneBatch(records, ports, () => 1_000)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-b' }, { itemIdentifier: 'm-c' }],
    });
    expect(claimed).toEqual(['a']);
  });

  it('starts the execution of a failure that was escalated without one', async () => {
    const { ports, started } = lane({ late: sampleEntry({ id: 'late', tier: 'warm', execution: 'late' }) });
    await processLaneBatch([record('1', sampleFailure({ id: 'late' }))], ports, PLENTY);
    expect(started).toEqual(['late']);
  });
});

import type { SQSRecord } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BusyError } from '../../../../lambdas/shared/errors.ts';
import type { Ledger } from '../../../../lambdas/shared/ledger/ledger.ts';
import type { LedgerEntry } from '../../../../lambdas/shared/ledger/ledger-entry.ts';
import { type LaneTools, processLaneBatch } from '../../../../lambdas/shared/recovery/lane-batch.ts';
import { sampleCircuits } from '../../../support/circuits.ts';
import { NO_CONFLICTS } from '../../../support/conflicts.ts';
import { NOW, sampleEntry, sampleFailure, sampleSettings } from '../../../support/samples.ts';

afterEach(() => vi.restoreAllMocks());

const record = (messageId: string, detail: unknown) => ({ messageId, body: JSON.stringify(detail) }) as SQSRecord;
const PLENTY = () => 60_000;

/** A lane whose ledger knows these entries, and stores any other failure as settled at once. */
function lane(known: Readonly<Record<string, LedgerEntry | Error>> = {}) {
  vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
  const metrics = vi.spyOn(console, 'log').mockReturnValue();
  const rejected: unknown[] = [];
  const started: string[] = [];
  const claimed: string[] = [];
  const ledger = {
    now: NOW,
    claim: async (entry: LedgerEntry) => {
      claimed.push(entry.id);
      const found = known[entry.id];
      if (found instanceof Error) throw found;
      return { ...(found ?? { ...entry, state: 'settled', outcome: 'recovered' }), fingerprint: entry.fingerprint };
    },
  } as unknown as Ledger;
  const tools: LaneTools = {
    ledger,
    effects: { once: (_, __, effect) => effect() },
    circuits: sampleCircuits(() => NOW).circuits,
    conflicts: NO_CONFLICTS,
    call: async () => ({ kind: 'ok', statusCode: 200 }),
    log: () => undefined,
    startRecovery: async ({ execution }) => void started.push(String(execution)),
    sleep: async () => undefined,
    intake: { settings: sampleSettings(), deadLetterQueueUrl: 'url', deadlineMs: 1_000, retentionMs: 30 * 86_400_000 },
    keepRejected: async (each) => void rejected.push(each),
    sendBack: async () => undefined,
  };
  return { tools, rejected, started, claimed, metrics };
}

describe('a batch of the lane', () => {
  it('gives back only the message that failed', async () => {
    const { tools } = lane({ broken: new Error('the table is gone'), busy: new BusyError('another is at it') });
    const records = ['fine', 'broken', 'busy', 'well'].map((id) => record(`m-${id}`, sampleFailure({ id })));
    expect(await processLaneBatch(records, tools, PLENTY)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-broken' }, { itemIdentifier: 'm-busy' }],
    });
  });

  it('keeps what it rejects as it came, and goes on', async () => {
    const { tools, rejected, claimed } = lane();
    const records = [record('1', { nonsense: true }), record('2', sampleFailure({ id: 'next' }))];
    expect(await processLaneBatch(records, tools, PLENTY)).toEqual({ batchItemFailures: [] });
    expect(rejected).toMatchObject([
      { reason: { code: 'invalid-field' }, dependency: 'payments', event: records[0]?.body },
    ]);
    expect(claimed).toEqual(['next']);
  });

  it('gives a message back that could not be kept as rejected', async () => {
    const { tools } = lane();
    const failing = { ...tools, keepRejected: () => Promise.reject(new Error('the queue is gone')) };
    const { batchItemFailures } = await processLaneBatch([record('1', {})], failing, PLENTY);
    expect(batchItemFailures).toEqual([{ itemIdentifier: '1' }]);
  });

  it('begins no further message when the time of the function runs out', async () => {
    const { tools, claimed } = lane();
    const records = ['a', 'b', 'c'].map((id) => record(`m-${id}`, sampleFailure({ id })));
    expect(await processLaneBatch(records, tools, () => 1_000)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-b' }, { itemIdentifier: 'm-c' }],
    });
    expect(claimed).toEqual(['a']);
  });

  it('starts the execution of a failure that was handed over before it could be started', async () => {
    const { tools, started } = lane({ late: sampleEntry({ id: 'late', tier: 'warm', execution: 'late' }) });
    await processLaneBatch([record('1', sampleFailure({ id: 'late' }))], tools, PLENTY);
    expect(started).toEqual(['late']);
  });
});

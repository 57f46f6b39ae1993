import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { type Sorted, sortBatch } from '../../../../lambdas/adapters/lane/sort-batch.ts';
import { type FailureKey, failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { resourceKey } from '../../../../lambdas/domain/recovery/resource-key.ts';
import { NOW, sampleEntry, sampleFailure } from '../../../support/samples.ts';

const record = (messageId: string, body: unknown) =>
  ({ messageId, body: typeof body === 'string' ? body : JSON.stringify(body) }) as SQSRecord;
const deadLetter = (id: string) => ({ kind: 'backstop-dead-letter', version: 1, id, cycle: 1, tenant: 'acme' });

/** A sorter whose ledger knows these entries, and whose queue accepts all messages except the given ones. */
function sorter(known: readonly LedgerEntry[] = [], refused: readonly string[] = []) {
  const passed: Sorted[] = [];
  const ports = {
    dependency: 'payments',
    retentionMs: 30 * 86_400_000,
    ledger: { now: NOW, get: async (key: FailureKey) => known.find((entry) => failureKey(entry) === key) },
    forward: async (message: Sorted) => {
      if (refused.includes(message.name)) throw new Error('SQS does not answer');
      passed.push(message);
    },
  };
  return { ports, passed };
}

const group = async (body: unknown, known: readonly LedgerEntry[] = []) => {
  const { ports, passed } = sorter(known);
  await sortBatch([record('m', body)], ports);
  return passed[0]?.group;
};

describe('the sorter', () => {
  it('passes each message on as it came, in order, under the name of its delivery', async () => {
    const { ports, passed } = sorter();
    const records = ['b', 'a', 'c'].map((id) => record(`m-${id}`, sampleFailure({ id })));
    expect(await sortBatch(records, ports)).toEqual({ batchItemFailures: [] });
    expect(passed.map(({ body, name }) => ({ body, messageId: name }))).toEqual(records);
  });

  it('puts failures of one resource into one group, however they are wrapped', async () => {
    const failure = sampleFailure({ tenant: 'acme', operation: { method: 'PUT', path: '/orders/1' } });
    const expected = resourceKey({ path: '/orders/1' }, 'acme');
    expect(await group(failure)).toBe(expected);
    expect(await group({ 'detail-type': 'Operation Failed', detail: { ...failure, id: 'other' } })).toBe(expected);
    expect(await group({ ...failure, tenant: 'other' })).not.toBe(expected);
  });

  it('puts a redriven dead letter into the group of its resource', async () => {
    const failure = sampleFailure({ operation: { method: 'PUT', path: '/orders/1' }, tenant: 'acme' });
    const known = sampleEntry({ id: 'order-1', tenant: 'acme', failure });
    expect(await group(deadLetter('order-1'), [known])).toBe(resourceKey({ path: '/orders/1' }, 'acme'));
  });

  it.each([
    ['is no JSON', 'nonsense'],
    ['is not as it should be', { ...sampleFailure(), occurredAt: 'yesterday' }],
    ['is the letter of a failure that nobody knows', deadLetter('nobody')],
  ])('lets what %s hold up nobody', async (_, body) => {
    const mine = await group(body);
    expect(mine).toMatch(/^[0-9a-f]{32}$/);
    expect(mine).toBe(await group(body));
    expect(mine).not.toBe(await group(sampleFailure()));
    expect(mine).not.toBe(await group(deadLetter('another')));
  });

  it('gives back only what could not be passed on', async () => {
    const { ports, passed } = sorter([], ['m-b']);
    const records = ['a', 'b', 'c'].map((id) => record(`m-${id}`, sampleFailure({ id })));
    expect(await sortBatch(records, ports)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-b' }] });
    expect(passed.map(({ name }) => name)).toEqual(['m-a', 'm-c']);
  });

  it('returns a dead letter that it could not look up', async () => {
    const { ports, passed } = sorter();
    const ledger = { now: NOW, get: () => Promise.reject(new Error('the table is gone')) };
    const { batchItemFailures } = await sortBatch([record('m', deadLetter('order-1'))], { ...ports, ledger });
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'm' }]);
    expect(passed).toEqual([]);
  });
});

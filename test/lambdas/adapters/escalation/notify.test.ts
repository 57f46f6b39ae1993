import { randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notify } from '../../../../lambdas/adapters/escalation/notify.ts';
import type { IncidentStore } from '../../../../lambdas/use-cases/escalation/incident-store.ts';
import { phones, portsIn, storeIn } from '../../../support/phones.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

/** Fits the name of a dependency. */
const tag = () => randomUUID().slice(0, 8);

describe('a batch of signals', () => {
  const message = (id: string, body: string) => ({
    messageId: id,
    body,
    receiptHandle: `handle of ${id}`,
    attributes: { SentTimestamp: String(Date.parse('2026-03-01T12:00:01Z')) } as SQSRecord['attributes'],
  });
  const dead = (dependency: string) =>
    JSON.stringify({
      'detail-type': 'Operation Dead-Lettered',
      time: '2026-03-01T12:00:00Z',
      detail: {
        id: 'order-1',
        correlationId: 'trace-1',
        dependency,
        priority: 'P2',
        reason: 'exhausted',
        rule: 'r',
        attempts: 1,
      },
    });

  it('comes back again and again after a failure, until the lease that this left is over', async () => {
    let [now, reads] = [Date.now(), 0];
    const { channels, calls } = phones();
    const store = storeIn(tables);
    const failing: IncidentStore = {
      ...store,
      // The third read follows the write that takes the lease.
      read: (subject) => (++reads === 3 ? Promise.reject(new Error('no answer')) : store.read(subject)),
    };
    const ports = {
      ...portsIn(tables, channels, { store: failing, now: () => now }),
      settingsOf: () => ({ rules: [] }),
      retrySoon: async () => undefined,
    };
    const signal = message('1', dead(`well-${tag()}`));
    const deliver = async (receive: number): Promise<number> => {
      const attributes = { ...signal.attributes, ApproximateReceiveCount: String(receive) };
      const { batchItemFailures } = await notify([{ ...signal, attributes }], ports);
      now += 15_000;
      return batchItemFailures.length === 0 ? receive : deliver(receive + 1);
    };
    expect(await deliver(1)).toBe(5);
    expect(calls).toEqual(['pager trigger unreachable', 'chat trigger unreachable']);
  });

  it('comes back in part: what nobody can read, and what nobody could be told', async () => {
    const [well, ill] = [`well-${tag()}`, `ill-${tag()}`];
    const { channels, calls } = phones(({ subject }) => subject === ill);
    const retrySoon: string[] = [];
    const ports = {
      ...portsIn(tables, channels),
      settingsOf: () => ({ rules: [] }),
      retrySoon: async (handle: string) => void retrySoon.push(handle),
    };
    const records = [
      message('1', dead(well)),
      message('2', 'no JSON'),
      message('3', dead(ill)),
      message('4', dead(ill)),
    ];
    expect(await notify(records, ports)).toEqual({
      batchItemFailures: ['2', '3'].map((itemIdentifier) => ({ itemIdentifier })),
    });
    expect(retrySoon).toEqual(['handle of 2', 'handle of 3']);
    expect(calls).toEqual(['pager trigger unreachable', 'chat trigger unreachable']);
  });
});

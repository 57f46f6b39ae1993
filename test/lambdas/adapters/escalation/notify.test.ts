import { randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailOf } from '../../../../lambdas/adapters/escalation/mail.ts';
import { notify } from '../../../../lambdas/adapters/escalation/notify.ts';
import { NO_INCIDENTS } from '../../../../lambdas/domain/escalation/incident.ts';
import type { Channel } from '../../../../lambdas/use-cases/escalation/escalate.ts';
import type { IncidentStore, Stored } from '../../../../lambdas/use-cases/escalation/incident-store.ts';
import { phones, portsIn, storeIn } from '../../../support/phones.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { sampleWhere } from '../../domain/escalation/samples.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

/** Answers at once, so that only channels take turns of the event loop. */
function memoryStore(): IncidentStore {
  const items = new Map<string, Stored>();
  const read = async (subject: string) => items.get(subject) ?? { state: NO_INCIDENTS, version: 0 };
  return {
    read,
    async replace(subject, before, next) {
      if ((await read(subject)).version !== before.version) return false;
      items.set(subject, { ...next, version: before.version + 1 });
      return true;
    },
  };
}

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

  it('is told on each channel that answers, for each dependency, while another channel hangs', async () => {
    const told: string[] = [];
    const hanging: Channel = {
      name: 'pager',
      acknowledges: false,
      notify: async ({ subject }) => {
        for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
        told.push(`pager gives up ${subject}`);
        throw new Error('no answer');
      },
    };
    const healthy: Channel = {
      name: 'chat',
      acknowledges: false,
      notify: async ({ subject }) => void told.push(`chat knows of ${subject}`),
    };
    const subjects = ['a', 'b', 'c', 'd', 'e'];
    const records = subjects.map((subject) => message(subject, dead(subject)));
    const { batchItemFailures } = await notify(records, {
      ...portsIn(tables, [hanging, healthy], { store: memoryStore() }),
      settingsOf: () => ({ rules: [] }),
      retrySoon: async () => undefined,
    });
    expect(told.slice(0, 5).toSorted()).toEqual(subjects.map((subject) => `chat knows of ${subject}`));
    expect(told).toHaveLength(10);
    expect(batchItemFailures).toHaveLength(5);
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

  it('brings the calls that a circuit counted into the text of the alert', async () => {
    const texts: string[] = [];
    const chat: Channel = {
      name: 'chat',
      acknowledges: false,
      notify: async (told) => void texts.push(mailOf(told, sampleWhere).text),
    };
    const at = '2026-03-01T11:59:59.000Z';
    const counts = { successes: 1, failures: 4 };
    const detail = { dependency: 'payments', circuit: 'payments', to: 'open', at, sequence: 7, counts };
    const event = { 'detail-type': 'Circuit State Changed', time: at, source: 'backstop', detail };
    await notify([message('1', JSON.stringify(event))], {
      ...portsIn(tables, [chat], { store: memoryStore() }),
      settingsOf: () => ({ rules: [] }),
      retrySoon: async () => undefined,
    });
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('4 of 5 calls failed, since 2026-03-01T11:59:59Z');
  });
});

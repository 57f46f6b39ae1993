import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { auditRecords } from '../../../../lambdas/adapters/operator/audit-log.ts';
import { asFailureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { AcceptSettings } from '../../../../lambdas/contract/settings.ts';
import type { Incidents } from '../../../../lambdas/domain/escalation/incident.ts';
import type { Desk } from '../../../../lambdas/use-cases/operator/desk.ts';
import { ADA, deskOn } from '../../../support/desk.ts';
import { json } from '../../../support/json.ts';
import { asking } from '../../../support/questions.ts';
import { keyOf, NOW, sampleEntry, sampleFailure, sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { all } from '../../domain/escalation/incidents.ts';
import { deadLetter } from '../../domain/escalation/samples.ts';

const BOB = 'arn:aws:sts::123456789012:assumed-role/Operators/bob';
const WHY = { why: 'the bank is back' };
let tables: Tables;
let now = NOW;
let ada: Desk;
let bob: Desk;
const turned: unknown[] = [];
const reported: string[] = [];
beforeAll(async () => {
  tables = await startTables();
  const ports = {
    turnLane: async (lane: string, isPaused: boolean) => void turned.push([lane, isPaused]),
    report: async (detail: string) => void reported.push(detail),
  };
  ada = deskOn({ tables, now: () => now, principal: ADA, ports });
  bob = deskOn({ tables, now: () => now, principal: BOB, ports });
});
afterAll(async () => tables.stop());

const ledger = () =>
  new DynamoDBLedger({ client: tables.client, table: tables.ledger, reconcileAfterMs: 1_000, now: () => now });
const acts = (limit = 10) => {
  now += 1_000;
  return auditRecords({ client: tables.client, table: tables.audit }, { since: 0, limit });
};
const ref = (id: string) => ({ id, dependency: 'payments' });
let count = 0;
async function dead(change: Partial<LedgerEntry> = {}): Promise<LedgerEntry> {
  const id = `desk-${++count}`;
  const operation = { method: 'PUT', path: '/orders/1', body: json({ total: 5 }) } as const;
  const over = { state: 'settled', outcome: 'dead-lettered', reason: 'exhausted' } as const;
  return ledger().claim(sampleEntry({ id, failure: sampleFailure({ id, operation }), ...over, ...change }));
}

describe('each action on its own', () => {
  it('is recorded under the principal that AWS knows, with its end', async () => {
    expect(await ada('turn-lane', { lane: 'payments', paused: true, ...WHY, name: 'root' })).toEqual({
      by: 'ada as root',
    });
    expect(turned).toEqual([['payments', true]]);
    expect(await acts(1)).toMatchObject([
      { action: 'lane-paused', dependency: 'payments', principal: ADA, name: 'root', end: { result: 'done' } },
    ]);
  });

  it('says which of two decisions held', async () => {
    await ledger().claim(asking('asked-1', {}, now));
    const both = await Promise.allSettled([
      ada('decide', { failure: ref('asked-1'), question: '1.1', choice: 'ours', ...WHY }),
      bob('decide', { failure: ref('asked-1'), question: '1.1', choice: 'theirs', ...WHY }),
    ]);
    const held = (await ledger().get(keyOf('asked-1')))?.question?.answer;
    const [won, lost] = held?.by === 'ada' ? [ADA, BOB] : [BOB, ADA];
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const ends = (await acts(2)).map(({ principal, end }) => [principal, end?.result]);
    expect(new Map(ends as [string, string][])).toEqual(
      new Map([
        [won, 'done'],
        [lost, 'refused'],
      ]),
    );
  });

  it('edits what the operator saw, and refuses what has been edited since', async () => {
    const { id, cycle } = await dead();
    const patch = (total: number) => ({ kind: 'merge-patch', text: json({ body: { total } }) }) as const;
    expect(await ada('edit', { failure: ref(id), cycle, number: 1, patch: patch(6), ...WHY })).toEqual({ by: 'ada' });
    expect((await ledger().get(keyOf(id)))?.failure?.operation.body).toBe('{"total":6}');
    now += 1_000;
    await expect(bob('edit', { failure: ref(id), cycle, number: 1, patch: patch(7), ...WHY })).rejects.toMatchObject({
      name: 'RefusedError',
    });
    expect((await ledger().get(keyOf(id)))?.failure?.operation.body).toBe('{"total":6}');
    expect(await acts(2)).toMatchObject([
      { principal: BOB, end: { result: 'refused' } },
      { principal: ADA, facts: { edit: 1, fields: '/body/total' }, end: { result: 'done' } },
    ]);
  });

  it('sends an event as it is, and announces no such action', async () => {
    const detail = `{"id":"sent-1","correlationId":"c","dependency":"payments","occurredAt":"${new Date(now).toISOString()}","operation":{"method":"PUT","path":"/a","body":{"n":1.000000000000000001}},"error":{"statusCode":503}}`;
    expect(await ada('send', { detail })).toEqual({ by: 'ada', id: 'sent-1' });
    expect(reported).toEqual([detail]);
    const [act] = await acts(1);
    expect(act).toMatchObject({ action: 'send', failureId: 'sent-1', end: { result: 'done' } });
    expect(await ledger().get(asFailureKey(`audit#${act?.id}`))).toBeUndefined();
  });

  it.each(['redrive', 'discard'] as const)('begins no %s on a dependency that the config lacks', async (action) => {
    await expect(ada('begin', { action, dependency: 'nobody', ...WHY })).rejects.toMatchObject({
      name: 'RefusedError',
    });
    expect((await acts(100)).filter(({ dependency }) => dependency === 'nobody')).toEqual([]);
    expect(await ada('begin', { action, dependency: 'payments', ...WHY })).toMatchObject({ by: 'ada' });
  });

  it.each([
    ['of an unknown dependency', '{"dependency":"nobody"}'],
    ['that its lane would reject', '{"dependency":"payments","id":"x"}'],
    ['that is not JSON', '{'],
  ])('sends no event %s', async (_, detail) => {
    const before = reported.length;
    await expect(ada('send', { detail })).rejects.toMatchObject({ name: 'RefusedError' });
    expect(reported).toHaveLength(before);
  });

  describe('on a dependency that accepts little', () => {
    const accepting = (accepts: AcceptSettings) =>
      deskOn({
        tables,
        now: () => now,
        ports: {
          report: async (detail) => void reported.push(detail),
          dependencies: new Map([['payments', sampleSettings({ accepts })]]),
        },
      });
    // The order of records of one millisecond is random.
    afterEach(() => {
      now += 1_000;
    });
    const detail = () => JSON.stringify(sampleFailure({ id: 'sent-2', occurredAt: new Date(now).toISOString() }));

    it.each<[string, AcceptSettings]>([
      ['source', { sources: ['my.shop'] }],
      ['account', { accounts: ['999999999999'] }],
      ['tenant', { tenants: ['eu'] }],
      ['operation.method', { methods: ['POST'] }],
      ['operation.path', { paths: ['/charges'] }],
    ])('sends no event whose %s its lane would reject', async (field, accepts) => {
      const before = reported.length;
      await expect(accepting(accepts)('send', { detail: detail() })).rejects.toThrow(`not sent: ${field} must be one`);
      expect(reported).toHaveLength(before);
    });

    it('sends an event that its lane takes', async () => {
      const accepts = {
        sources: ['backstop.operator'],
        accounts: ['123456789012'],
        methods: ['PUT'],
        paths: ['/orders'],
      } as const;
      expect(await accepting(accepts)('send', { detail: detail() })).toEqual({ by: 'ada', id: 'sent-2' });
    });

    it.each<[string, object]>([
      ['path', { path: '/admin' }],
      ['method', { method: 'DELETE' }],
    ])('makes no operation of another %s of an edited one', async (field, change) => {
      const { id, cycle } = await dead();
      const patch = { kind: 'merge-patch', text: json(change) } as const;
      const edit = accepting({ methods: ['PUT'], paths: ['/orders'] })('edit', {
        failure: ref(id),
        cycle,
        number: 1,
        patch,
        ...WHY,
      });
      await expect(edit).rejects.toThrow(`operation.${field} must be one that its dependency accepts`);
    });

    it('edits what others reported', async () => {
      const { id, cycle } = await dead();
      const patch = { kind: 'merge-patch', text: json({ body: { total: 6 } }) } as const;
      const accepts = { sources: ['my.shop'], accounts: ['111122223333'], paths: ['/orders'] };
      expect(await accepting(accepts)('edit', { failure: ref(id), cycle, number: 1, patch, ...WHY })).toEqual({
        by: 'ada',
      });
    });
  });

  it('leaves the name of an error in its record, and no message', async () => {
    const turnLane = async () => {
      throw Object.assign(new Error('secret'), { name: 'ThrottlingException' });
    };
    const desk = deskOn({ tables, now: () => now, ports: { turnLane } });
    await expect(desk('turn-lane', { lane: 'payments', paused: false, ...WHY })).rejects.toThrow('secret');
    const [act] = await acts(1);
    expect(act?.end).toMatchObject({ result: 'failed', message: 'ThrottlingException' });
  });

  it('is not done without its record', async () => {
    const audit = {
      begin: async () => {
        throw new Error('no table');
      },
      end: async () => undefined,
      running: async () => undefined,
    };
    const before = turned.length;
    const desk = deskOn({
      tables,
      ports: { audit, turnLane: async (lane, isPaused) => void turned.push([lane, isPaused]) },
    });
    await expect(desk('turn-lane', { lane: 'payments', paused: false, ...WHY })).rejects.toThrow('no table');
    expect(turned).toHaveLength(before);
  });
});

describe('an action on one failure', () => {
  it('discards and redrives no other', async () => {
    const [named, other] = [await dead(), await dead()];
    for (const [action, step] of [
      ['discard', 'discard'],
      ['redrive', 'allow-cycle'],
    ] as const) {
      const { act } = await ada('begin', { action, dependency: 'payments', failureId: named.id, ...WHY });
      const at = ({ id, cycle }: LedgerEntry) => ({ act, failure: ref(id), cycle });
      await expect(ada(step, at(other))).rejects.toMatchObject({ name: 'RefusedError' });
    }
    expect(await ledger().get(keyOf(other.id))).toMatchObject({ outcome: 'dead-lettered' });
  });
});

describe('an action on dead letters', () => {
  const reading = (state: Incidents) => ({ incidents: { read: async () => ({ state, version: 1 }) } });
  const deskWith = (ports: object) => deskOn({ tables, now: () => now, principal: ADA, ports });
  const refused = [1, 2].map((second) => deadLetter(second, { reason: 'permanent', rule: 'http-422' }));
  const begin = async (desk: Desk, filter: object, facts = {}) => {
    const all = { queue: 'payments', filter: JSON.stringify(filter), ...facts };
    // The log sorts by time.
    now += 1_000;
    await desk('begin', { action: 'redrive', dependency: 'payments', facts: all, ...WHY });
    return (await acts(1))[0]?.acknowledges;
  };

  it('acknowledges the incident whose dead letters it covers, and no other', async () => {
    const desk = deskWith(reading(all(...refused, deadLetter(3, { compensation: 'incomplete' }))));
    expect(await begin(desk, {})).toEqual(['permanent:http-422']);
    expect(await begin(desk, { ids: ['order-1', 'order-2'] })).toEqual(['permanent:http-422']);
    expect(await begin(desk, { ids: ['order-1'] })).toBeUndefined();
    expect(await begin(desk, {}, { queue: 'parked' })).toBeUndefined();
    expect(await begin(desk, {}, { filter: 'no JSON' })).toBeUndefined();
  });

  it('begins although the incidents can’t be read, and then acknowledges none', async () => {
    const read = () => Promise.reject(new Error('throttled'));
    expect(await begin(deskWith({ incidents: { read } }), {})).toBeUndefined();
  });
});

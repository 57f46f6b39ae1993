import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import type { Ledger } from '../../../lambdas/use-cases/ledger/ledger.ts';
import { startOperator } from '../../support/operator.ts';
import { keyOf, NOW, sampleEntry, sampleUndo } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
let ledger: Ledger;
beforeEach(async () => {
  tables = await startTables();
  const { client, ledger: table } = tables;
  ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000, now: () => NOW });
});
afterAll(() => tables.stop());

const iso = (ms: number) => new Date(ms).toISOString();
const HELD = { held: 'circuit', notBefore: iso(NOW + 60_000) } as const;

async function claim(id: string, change: Partial<LedgerEntry> = {}): Promise<LedgerEntry> {
  return ledger.claim(sampleEntry({ id, correlationId: `trace-${id}`, receivedAt: iso(NOW - 5_000), ...change }));
}

async function die(id: string, change: Partial<LedgerEntry> = {}): Promise<LedgerEntry> {
  const entry = await claim(id, change);
  return ledger.settle(entry, { outcome: 'dead-lettered', reason: 'exhausted' });
}

function failures(...args: readonly string[]) {
  return startOperator({ tables, now: () => NOW }).backstop('failures', ...args);
}

async function listed(...args: readonly string[]): Promise<readonly string[]> {
  const { out } = await failures(...args, '--json');
  return JSON.parse(out).failures.map(({ id, status }: { id: string; status: string }) => `${id} ${status}`);
}

async function fill(): Promise<void> {
  await claim('fresh', { receivedAt: iso(NOW - 1_000) });
  await claim('waits', { ...HELD, receivedAt: iso(NOW - 2_000), tenant: 'acme' });
  await die('gone', { receivedAt: iso(NOW - 3_000), excerpt: 'code: card_declined, message: insufficient funds' });
  await die('old', { receivedAt: iso(NOW - 90_000_000), dependency: 'orders', parkedAfter: 1 });
  const ended = await claim('fine');
  await ledger.settle(ended, { outcome: 'recovered' });
}

describe('backstop failures', () => {
  it('lists what is under way, held and dead, newest first', async () => {
    await fill();
    expect(await listed()).toEqual(['fresh running', 'waits held', 'gone dead', 'old parked']);
  });

  it('tells the HTTP status of the latest call, and none of a call without an answer', async () => {
    const at = iso(NOW);
    const refused = { at, step: 'attempt-failed', statusCode: 422 } as const;
    await claim('refused', { trail: [{ at, step: 'received', statusCode: 503 }, refused] });
    await claim('timed-out', { trail: [refused, { at, step: 'attempt-failed' }], receivedAt: iso(NOW - 9_000) });
    const { out } = await failures('--json');
    expect(JSON.parse(out).failures.map((row: { statusCode?: number }) => row.statusCode)).toEqual([422, undefined]);
  });

  it('tells how far the completed steps of a dead letter are undone, once their undo has begun', async () => {
    const step = { name: 'reserve', dependency: 'stock', attempts: 7 };
    await die('left', { undo: sampleUndo({ steps: [{ ...step, state: 'failed' }] }), receivedAt: iso(NOW - 1) });
    await die('undone', { undo: sampleUndo({ steps: [{ ...step, state: 'done' }] }), receivedAt: iso(NOW - 2) });
    await die('plain', { receivedAt: iso(NOW - 3) });
    const { out } = await failures('--json');
    const rows: readonly { readonly compensation?: string }[] = JSON.parse(out).failures;
    expect(rows.map(({ compensation }) => compensation)).toEqual(['incomplete', 'done', undefined]);
  });

  it.each([
    [['--status', 'held'], ['waits held']],
    [['--status', 'dead'], ['gone dead']],
    [['--status', 'parked'], ['old parked']],
    [['--dependency', 'orders'], ['old parked']],
    [['--tenant', 'acme'], ['waits held']],
    [
      ['--tenant', ''],
      ['fresh running', 'gone dead', 'old parked'],
    ],
    [['--correlation-id', 'trace-gone'], ['gone dead']],
    [['--text', 'INSUFFICIENT'], ['gone dead']],
    [['--text', 'trace-w'], ['waits held']],
    [['--limit', '1'], ['fresh running']],
    [
      ['--dead-since', iso(NOW)],
      ['gone dead', 'old parked'],
    ],
    [['--dead-since', iso(NOW + 1)], []],
    [
      ['--until', iso(NOW - 2_000)],
      ['waits held', 'gone dead', 'old parked'],
    ],
    [
      ['--since', iso(NOW - 3_000), '--until', iso(NOW - 2_000)],
      ['waits held', 'gone dead'],
    ],
  ])('finds by %j', async (args, found) => {
    await fill();
    expect(await listed(...args)).toEqual(found);
  });

  it('lists a dead letter until it is redriven or discarded', async () => {
    const redriven = await die('redriven');
    await ledger.clearOutbox(keyOf('redriven'), redriven.outbox?.eventId ?? '');
    const discarded = await die('discarded');
    expect(await listed('--status', 'dead')).toHaveLength(2);
    await ledger.reopen(redriven, {
      verdict: redriven.verdict,
      attemptLimit: 3,
      deadline: NOW + 1_000,
      deadLetterQueueUrl: 'url',
    });
    await ledger.discard(discarded, { by: 'ada', why: 'test' });
    expect(await listed()).toEqual(['redriven running']);
  });

  it('says what it has not shown', async () => {
    await fill();
    expect((await failures('--limit', '2')).out).toContain('4 failures, 2 shown: running 1, held 1, dead 1, parked 1');
    expect((await failures('--text', 'nowhere')).out).toBe('No matching failures.\n');
  });

  it('asks whether a rule is mistyped, where none matches', async () => {
    await claim('ours', {
      verdict: { kind: 'permanent', category: 'data-integrity', effect: 'none', rule: 'our-rule' },
    });
    const hint = (rule: string, meant: string) =>
      `The rule '${rule}' is not built in, and no failure that was read has it.${meant}\nNo matching failures.\n`;
    const { code, out } = await failures('--rule', 'http-bad-requst');
    expect({ code, out }).toEqual({ code: 0, out: hint('http-bad-requst', ' Did you mean http-bad-request?') });
    expect((await failures('--rule', 'our-rul')).out).toBe(hint('our-rul', ' Did you mean our-rule?'));
    expect((await failures('--rule', 'xyz')).out).toBe(hint('xyz', ''));
    expect((await failures('--rule', 'http-not-found')).out).toBe('No matching failures.\n');
    expect((await failures('--rule', 'interrupted')).out).toBe('No matching failures.\n');
    expect(JSON.parse((await failures('--rule', 'our-rul', '--json')).out).hint).toContain('our-rule?');
  });

  it('refuses a period that ends before it begins', async () => {
    const { code, err } = await failures('--since', iso(NOW), '--until', iso(NOW - 1));
    expect({ code, err }).toMatchObject({ code: 2 });
    expect(err).toContain(`--until ${iso(NOW - 1)} is before --since ${iso(NOW)}, so nothing can match. Swap them.`);
  });

  it('suggests the status that somebody may have meant', async () => {
    const { code, err } = await failures('--status', 'helt');
    expect(code).toBe(2);
    expect(err).toContain('Did you mean held?');
  });

  it('reads one page of each partition, and each failure once, whatever their number', async () => {
    await Promise.all(Array.from({ length: 201 }, (_, at) => claim(`f-${at}`, HELD)));
    const requests: string[] = [];
    const send = tables.client.send.bind(tables.client);
    const client = {
      ...tables.client,
      send: (command: { constructor: { name: string } }) => {
        requests.push(command.constructor.name);
        return send(command as never);
      },
    };
    const { out } = await startOperator({ tables, now: () => NOW, clients: { dynamodb: client as never } }).backstop(
      'failures',
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({ total: 201, isWhole: true, counts: { held: 201 } });
    expect(requests.filter((name) => name === 'GetItemCommand')).toHaveLength(201);
    expect(requests.filter((name) => name === 'QueryCommand').length).toBeLessThanOrEqual(11);
  });

  it.each([60, 80, 120])('fits %i columns, with ids in one piece', async (columns) => {
    await fill();
    const id = `order-${randomUUID()}`;
    await die(id, {
      correlationId: randomUUID(),
      excerpt: 'message: the account is locked until somebody calls the bank',
    });
    const { out } = await startOperator({ tables, now: () => NOW, columns }).backstop('failures');
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    expect(out).toContain(id);
  });
});

describe('backstop trace', () => {
  it('suggests ids that look like the one that it does not find', async () => {
    await die('order-1-charge');
    await claim('order-2-charge');
    await claim('mail-7');
    const trace = (id: string) => startOperator({ tables, now: () => NOW }).backstop('trace', id);
    expect((await trace('order-1-chrage')).err).toContain('Did you mean order-1-charge, order-2-charge?\n');
    expect((await trace('order-2')).err).toContain('Did you mean order-2-charge');
    expect(await trace('unlike')).toMatchObject({ code: 3, err: expect.not.stringContaining('Did you mean') });
    expect((await trace('unlike')).err).toContain(
      'among the ids of 3 failures under way or dead. Those of ended failures were not compared.\n',
    );
    expect((await trace('order-2')).err).not.toContain('compared');
  });
});

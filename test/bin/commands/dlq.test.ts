import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLog } from '../../../lambdas/adapters/ledger/audit-log.ts';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { redriveRuns } from '../../../lambdas/adapters/redrive/redrive-runs.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { createDeadLetter } from '../../../lambdas/domain/ledger/dead-letter.ts';
import type { Ledger } from '../../../lambdas/use-cases/ledger/ledger.ts';
import { json } from '../../support/json.ts';
import { MemorySqs } from '../../support/memory-sqs.ts';
import { fakeClient, LANES, type OperatorScene, startOperator } from '../../support/operator.ts';
import { sampleEntry, sampleFailure, sampleUndo } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

const [LANE = { queueUrl: '', deadLetterQueueUrl: '' }] = LANES;
const PARKED = 'http://127.0.0.1/queues/parked';
const WHY = ['--why', 'the bank is back', '--by', 'ada'] as const;
const REFUSED = { kind: 'permanent', category: 'data-integrity', effect: 'none', rule: 'http-422' } as const;

let tables: Tables;
let ledger: Ledger;
let sqs: MemorySqs;
let scene: OperatorScene;
let folder: string;
let signal: AbortController;
let count = 0;
/** Time of the operator's tool, the ledger and the queues. */
let now = Date.now();
const clock = {
  now: () => now,
  sleep: async (ms: number) => {
    now += ms;
  },
};

beforeAll(async () => {
  tables = await startTables();
  ledger = new DynamoDBLedger({ client: tables.client, table: tables.ledger, reconcileAfterMs: 1_000, now: clock.now });
  folder = mkdtempSync(join(tmpdir(), 'backstop-dlq-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await tables.stop();
});
beforeEach(() => {
  // The acts of each test are later than those of the previous one.
  now += 1_000;
  sqs = new MemorySqs(clock.now);
  signal = new AbortController();
  const sts = fakeClient<never>(() => ({ Arn: 'arn:aws:iam::123456789012:user/ada' }));
  scene = startOperator({ tables, clients: { sqs: sqs.client, sts }, signal: signal.signal, ...clock });
});

/** Writes a dead letter into the ledger and its queue. */
async function dead(change: Partial<LedgerEntry> = {}, queue = LANE.deadLetterQueueUrl): Promise<LedgerEntry> {
  const id = `dlq-${++count}`;
  const operation = { method: 'PUT', path: '/orders/1', body: json({ total: 5, email: 'ada@example.com' }) } as const;
  const at = new Date(now).toISOString();
  const over = { state: 'settled', outcome: 'dead-lettered', reason: 'permanent', settledAt: at } as const;
  const failure = sampleFailure({ id, operation });
  const expiresAt = Math.ceil(now / 1_000) + 86_400;
  const entry = await ledger.claim(sampleEntry({ id, failure, verdict: REFUSED, ...over, ...change, expiresAt }));
  sqs.put(queue, deadLetterOf(entry));
  return entry;
}

function deadLetterOf(entry: LedgerEntry): string {
  const { reason } = entry;
  const known = reason === 'exhausted' || reason === 'unknown-result' ? reason : 'permanent';
  return JSON.stringify(createDeadLetter(entry, { reason: known, now, runbookUrl: 'runbook' }));
}

describe('backstop dlq ls', () => {
  it('lists the letters of all lanes and counts them by reason, and takes none', async () => {
    const [one, other] = [await dead(), await dead({ reason: 'exhausted' })];
    sqs.put(LANE.deadLetterQueueUrl, 'no letter');
    const { out, code } = await scene.backstop('dlq', 'ls');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`${one.id} +payments +permanent +http-422 +0 +1 +\\d+ m?s`));
    expect(out).toContain(other.id);
    expect(out).toMatch(/3 dead letters: .*no letter 1/);
    expect(sqs.bodies(LANE.deadLetterQueueUrl)).toHaveLength(3);
  });

  it('shows as many as it is told to, and only what matches', async () => {
    await dead();
    for (let n = 0; n < 3; n++) await dead({ reason: 'exhausted' });
    const { out } = await scene.backstop('dlq', 'ls', 'payments', '--reason', 'exhausted', '--limit', '2', '--json');
    expect(JSON.parse(out)).toMatchObject({ total: 3, isWhole: true, counts: { exhausted: 3 }, letters: [{}, {}] });
  });

  it('lists what is parked', async () => {
    const { id } = await dead({}, PARKED);
    expect((await scene.backstop('dlq', 'ls', '--parked')).out).toContain(id);
    expect((await scene.backstop('dlq', 'ls')).out).toBe('No matching dead letters.\n');
  });

  it('looks into all queues side by side, since it takes seconds to know that one is empty', async () => {
    const asked = new Set<string>();
    let answer = (_: object) => {};
    const everyOneIsAsked = new Promise<object>((resolve) => {
      answer = resolve;
    });
    const client = fakeClient<never>(({ input }) => {
      if ('QueueUrl' in input) asked.add(String(input.QueueUrl));
      if (asked.size === LANES.length) answer({});
      return everyOneIsAsked;
    });
    const { out } = await startOperator({ tables, clients: { sqs: client } }).backstop('dlq', 'ls');
    expect(out).toBe('No matching dead letters.\n');
  });

  it('knows no other lanes than those of the stack', async () => {
    expect(await scene.backstop('dlq', 'ls', 'nowhere')).toMatchObject({ code: 3 });
  });
});

describe('backstop dlq show', () => {
  it('tells why, what to do and with which command, and masks what nobody may see', async () => {
    const { id } = await dead();
    const { out } = await scene.backstop('dlq', 'show', id);
    expect(out).toContain(`${id}  in the dead-letter queue of payments, for`);
    expect(out).toContain('"total": 5');
    expect(out).not.toContain('ada@example.com');
    expect(out).toContain("Retrying can't help. Fix the data");
    expect(out).toContain(`next: backstop dlq redrive payments --id ${id} --why '…'`);
  });

  it('puts work that is half done before all else', async () => {
    const undo = sampleUndo({
      steps: [{ name: 'reserve', dependency: 'stock', state: 'failed', attempts: 7, because: 'exhausted' }],
    });
    const { id } = await dead({ undo });
    const { out } = await scene.backstop('dlq', 'show', id);
    expect(out).toContain('Completed steps are NOT undone');
    expect(out).toMatch(/reserve +stock +failed +exhausted +7/);
  });

  it('offers an edit only before the undo of its steps', async () => {
    const edits = async (change: Partial<LedgerEntry>) => {
      const { id } = await dead({ reason: 'permanent', ...change });
      return (await scene.backstop('dlq', 'show', id)).out.includes(`backstop dlq edit ${id}`);
    };
    expect([await edits({}), await edits({ undo: sampleUndo() })]).toEqual([true, false]);
  });

  it('shows an event that was never stored, and says where nothing is known', async () => {
    const event = { 'detail-type': 'Operation Failed', detail: sampleFailure({ id: 'never-stored' }) };
    sqs.put(LANE.deadLetterQueueUrl, JSON.stringify(event));
    expect((await scene.backstop('dlq', 'show', 'never-stored')).out).toContain('Backstop never stored it');
    expect(await scene.backstop('dlq', 'show', 'unheard-of')).toMatchObject({ code: 3 });
  });
});

describe('backstop dlq redrive', () => {
  it('says what it will do, moves the letters that match, and is written down', async () => {
    const deadLetters = [await dead({ reason: 'exhausted' }), await dead({ reason: 'exhausted', cycle: 5 })];
    await dead();
    const ended = await scene.backstop(
      'dlq',
      'redrive',
      'payments',
      '--reason',
      'exhausted',
      ...WHY,
      '--rate',
      '500',
      '--json',
    );
    expect(JSON.parse(ended.out)).toMatchObject({ end: 'done', moved: 2, matched: 2, left: 1 });
    expect(scene.plans[0]).toMatch(
      /^Redrive 2 dead letters of payments to its lane \(exhausted 2\)\.\nRamps up to 500 per second/,
    );
    expect(scene.plans[0]).toContain('Will be parked, no cycles left: 1.');
    const moved = sqs.bodies(LANE.queueUrl).map((body) => JSON.parse(body).id);
    expect(moved.toSorted()).toEqual(deadLetters.map(({ id }) => id).toSorted());
    const audited = JSON.parse((await scene.backstop('audit', '--json')).out);
    expect(JSON.stringify(audited)).toContain('the bank is back');
  });

  it('warns where the lane is paused, whose queue keeps letters for less long', async () => {
    await dead();
    const lambda = fakeClient<never>(() => ({ State: 'Disabled' }));
    const { backstop, plans } = startOperator({
      tables,
      clients: { sqs: sqs.client, lambda },
      agrees: false,
      ...clock,
    });
    await backstop('dlq', 'redrive', 'payments', ...WHY);
    expect(plans[0]).toContain(
      'The lane is PAUSED: dead letters wait in its queue until you resume it. After 4 days SQS deletes them.',
    );
  });

  it('only counts, and shows a sample, where it is told to', async () => {
    const { id } = await dead();
    const { out } = await scene.backstop('dlq', 'redrive', 'payments', '--dry-run');
    expect(out).toContain('Dry run: would redrive 1 dead letter of payments to its lane (permanent 1).');
    expect(out).toContain(id);
    expect(scene.plans).toEqual([]);
    expect(sqs.bodies(LANE.queueUrl)).toEqual([]);
  });

  it('finds the lane of an id by itself', async () => {
    const { id } = await dead();
    await scene.backstop('dlq', 'redrive', '--id', id, ...WHY);
    expect(sqs.bodies(LANE.queueUrl)).toHaveLength(1);
  });

  it('that is interrupted says how many are moved, and goes on by the same filter', async () => {
    for (let n = 0; n < 3; n++) await dead({ reason: 'exhausted' });
    await dead();
    const sts = fakeClient<never>(() => ({ Arn: 'arn:aws:iam::123456789012:user/ada' }));
    const interrupted = startOperator({
      tables,
      clients: { sqs: sqs.client, sts },
      signal: signal.signal,
      ...clock,
      // The redrive pauses after the first dead letter, which interrupts it.
      sleep: async () => signal.abort(),
    });
    expect(await interrupted.backstop('dlq', 'redrive', 'payments', '--reason', 'exhausted', ...WHY)).toMatchObject({
      code: 130,
      err: expect.stringContaining(
        'Moved 1 of 3 dead letters; the rest stay in their queue. To continue: backstop dlq redrive payments --resume',
      ),
    });
    expect(sqs.bodies(LANE.deadLetterQueueUrl)).toHaveLength(3);

    const again = startOperator({ tables, clients: { sqs: sqs.client }, ...clock });
    const { out } = await again.backstop('dlq', 'redrive', 'payments', '--resume', '--rate', '500', '--json');
    expect(JSON.parse(out)).toMatchObject({ end: 'done', moved: 3, left: 1 });
    expect(await again.backstop('dlq', 'redrive', 'payments', '--resume', ...WHY)).toMatchObject({ code: 3 });
  });

  it('leaves the lane to somebody who is at it', async () => {
    await dead();
    const runs = redriveRuns({ client: tables.client, table: tables.ledger, now: clock.now });
    const theirs = {
      lane: 'payments',
      run: 'theirs',
      by: 'bob',
      why: 'w',
      filter: {},
      rate: 5,
      startedAt: 0,
      moved: 0,
    };
    await runs.begin(theirs);
    expect(await scene.backstop('dlq', 'redrive', 'payments', ...WHY)).toMatchObject({
      code: 4,
      err: expect.stringContaining('by bob'),
    });
    expect(sqs.bodies(LANE.deadLetterQueueUrl)).toHaveLength(1);
    await runs.end(theirs, 'done', 0);
  });

  it('lets a parked failure have one more cycle', async () => {
    const { id } = await dead({ cycle: 5, parkedAfter: 5 }, PARKED);
    const { out } = await scene.backstop('dlq', 'redrive', '--parked', id, ...WHY);
    expect(scene.plans[0]).toContain('one more cycle, its 6th');
    expect(out).toContain('Moved 1 dead letter of');
    expect(await ledger.get(id)).toMatchObject({ cyclesAllowed: 6 });
    expect(sqs.bodies(LANE.queueUrl)).toHaveLength(1);
    expect(await scene.backstop('dlq', 'redrive', '--parked', id, ...WHY)).toMatchObject({ code: 3 });
  });

  it('moves the messages of a queue that is no lane of its own, whatever they are', async () => {
    sqs.put('http://127.0.0.1/queues/theirs', 'hello', '{"a":1}');
    const to = ['--from', 'http://127.0.0.1/queues/theirs', '--to', 'http://127.0.0.1/queues/ours'] as const;
    await scene.backstop('dlq', 'redrive', ...to, ...WHY);
    expect(sqs.bodies('http://127.0.0.1/queues/ours')).toEqual(['hello', '{"a":1}']);
    expect(sqs.bodies('http://127.0.0.1/queues/theirs')).toEqual([]);
  });

  it.each([
    [['redrive']],
    [['redrive', 'payments', '--from', 'http://x/q']],
    [['redrive', 'payments', '--parked', 'a']],
    [['redrive', 'payments', '--dependency', 'orders']],
    [['redrive', 'payments', '--rate', '0']],
    [['redrive', 'payments', '--resume', '--dry-run']],
    [['redrive', '--from', 'x', '--to', 'payments']],
    [['discard']],
    [['edit', 'a']],
    [['ls', '--since', 'yesterday']],
    [['shwo', 'a']],
  ])('%o is a mistake', async (args) => {
    const { code, err } = await scene.backstop('dlq', ...args);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });

  it('does nothing without a reason, nor where the operator says no', async () => {
    await dead();
    expect(await scene.backstop('dlq', 'redrive', 'payments')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--why'),
    });
    const unwilling = startOperator({ tables, clients: { sqs: sqs.client }, agrees: false, ...clock });
    expect(await unwilling.backstop('dlq', 'redrive', 'payments', ...WHY)).toMatchObject({ code: 4 });
    expect(sqs.bodies(LANE.deadLetterQueueUrl)).toHaveLength(1);
  });
});

describe('backstop dlq edit', () => {
  const file = (content: unknown) => {
    const path = join(folder, `${++count}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };

  it('shows the difference, masked, and changes the operation', async () => {
    const { id } = await dead();
    const patch = file([
      { op: 'replace', path: '/body/total', value: 6 },
      { op: 'replace', path: '/body/email', value: 'bob@example.com' },
    ]);
    const { out, code } = await scene.backstop('dlq', 'edit', id, '--patch', patch, ...WHY);
    expect(code).toBe(0);
    expect(out).toMatch(/\/body\/total +5 +6/);
    expect(out).not.toMatch(/(ada|bob)@example/);
    expect((await ledger.get(id))?.failure?.operation.body).toBe(json({ total: 6, email: 'bob@example.com' }));
  });

  it('keeps what was changed in the audit trail, masked also where the screen is not, and tells no event of it', async () => {
    const { id } = await dead();
    const merge = file({ body: { total: 6, email: 'bob@example.com' } });
    await scene.backstop('dlq', 'edit', id, '--merge', merge, '--show-values', ...WHY);
    const [act] = JSON.parse((await scene.backstop('audit', '--json')).out);
    expect(act).toMatchObject({ action: 'edit', failureId: id, by: 'ada' });
    expect(JSON.parse(act.facts.difference)).toContainEqual({ path: '/body/total', before: 5, after: 6 });
    expect(act.facts.difference).not.toContain('@example.com');
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.ledger }));
    const events = Items.flatMap(({ outbox }) => outbox?.M?.detail?.S ?? []).filter((detail) => detail.includes(id));
    expect(events).toHaveLength(1);
    expect(events[0]).not.toContain('difference');
  });

  it('only shows, also what is masked, where it is told to', async () => {
    const { id } = await dead();
    const merge = file({ body: { email: 'bob@example.com' } });
    const { out } = await scene.backstop('dlq', 'edit', id, '--merge', merge, '--show-values', '--dry-run');
    expect(out).toContain('bob@example.com');
    expect((await ledger.get(id))?.edited).toBeUndefined();
  });

  it('writes down no name of a field that nobody may see, whatever is shown', async () => {
    const lanes = LANES.map((lane) => ({ ...lane, sensitive: ['/customers'] }));
    const sts = fakeClient<never>(() => ({ Arn: 'arn:aws:iam::123456789012:user/ada' }));
    const { backstop } = startOperator({ tables, clients: { sqs: sqs.client, sts }, deployment: { lanes }, ...clock });
    const { id } = await dead();
    const merge = file({ body: { customers: { lovelace: 1 } } });
    const { out } = await backstop('dlq', 'edit', id, '--merge', merge, '--show-values', ...WHY);
    expect(out).toContain('lovelace');
    const { trail } = (await ledger.get(id)) ?? {};
    expect(trail?.at(-1)).toMatchObject({ step: 'edited', fields: '/body/customers' });
    expect(
      JSON.stringify(await auditLog({ client: tables.client, table: tables.ledger }).list({ since: 0, limit: 1 })),
    ).not.toContain('lovelace');
  });

  it('says why it can not be', async () => {
    const { id } = await dead({ uncertain: 'attempt', reason: 'unknown-result' });
    const patch = file([{ op: 'replace', path: '/body/total', value: 6 }]);
    expect(await scene.backstop('dlq', 'edit', id, '--patch', patch, ...WHY)).toMatchObject({
      code: 4,
      err: expect.stringContaining('find out first'),
    });
    expect(await scene.backstop('dlq', 'edit', 'unheard-of', '--patch', patch, ...WHY)).toMatchObject({ code: 3 });
  });
});

describe('backstop dlq discard', () => {
  it('ends the failures that are named, and deletes their letters', async () => {
    const [one, other] = [await dead(), await dead({}, PARKED)];
    const kept = await dead();
    const { out } = await scene.backstop('dlq', 'discard', one.id, other.id, ...WHY, '--json');
    expect(JSON.parse(out)).toMatchObject({ discarded: expect.arrayContaining([one.id, other.id]), deleted: 2 });
    expect(await ledger.get(one.id)).toMatchObject({ outcome: 'discarded', reason: 'by-operator' });
    expect(sqs.bodies(LANE.deadLetterQueueUrl).map((body) => JSON.parse(body).id)).toEqual([kept.id]);
    expect(sqs.bodies(PARKED)).toEqual([]);
  });

  it('ends what a filter finds, and warns where completed steps are not undone', async () => {
    const undo = sampleUndo({ steps: [{ name: 'reserve', dependency: 'stock', state: 'failed', attempts: 7 }] });
    const { id } = await dead({ undo });
    await dead({ reason: 'exhausted' });
    await scene.backstop('dlq', 'discard', '--dependency', 'payments', '--reason', 'permanent', ...WHY);
    expect(scene.plans[0]).toContain(`WARNING: completed steps of ${id} are NOT undone`);
    expect(await ledger.get(id)).toMatchObject({ outcome: 'discarded' });
    expect(sqs.bodies(LANE.deadLetterQueueUrl)).toHaveLength(1);
  });

  it('leaves what is being worked on, says so, and ends the others', async () => {
    const busy = await dead({ outbox: { eventId: 'e', detailType: 'Operation Dead-Lettered', detail: '{}' } });
    const others = [await dead(), await dead()].map(({ id }) => id);
    const args = ['dlq', 'discard', '--dependency', 'payments', '--json', ...WHY];
    const { out, code } = await scene.backstop(...args);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ discarded: others, deleted: 2, left: [busy.id] });
    expect(sqs.bodies(LANE.deadLetterQueueUrl).map((body) => JSON.parse(body).id)).toEqual([busy.id]);
  });

  it('ends a failure that is named, though what is found of it is the letter of an earlier cycle', async () => {
    const failure = await dead({ cycle: 2 }, 'http://127.0.0.1/queues/expired');
    sqs.put(LANE.deadLetterQueueUrl, deadLetterOf({ ...failure, cycle: 1 }));
    const { out } = await scene.backstop('dlq', 'discard', failure.id, ...WHY, '--json');
    expect(JSON.parse(out)).toMatchObject({ discarded: [failure.id], deleted: 1 });
    expect(await ledger.get(failure.id)).toMatchObject({ outcome: 'discarded' });
  });

  it('ends a failure whose letter is gone, and knows when there is nothing to end', async () => {
    const { id } = await dead({}, 'http://127.0.0.1/queues/gone');
    expect((await scene.backstop('dlq', 'discard', id, ...WHY)).out).toContain(
      `Discarded ${id}, by ada. Deleted 0 dead letters.`,
    );
    expect(await scene.backstop('dlq', 'discard', id, ...WHY)).toMatchObject({ code: 3 });
  });
});

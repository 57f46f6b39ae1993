import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toItem } from '../../../lambdas/adapters/ledger/ledger-item.ts';
import { startOperator } from '../../support/operator.ts';
import { NOW, sampleEntry } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

/** More dead letters than a command reads. The one that somebody looks for is the oldest. */
const NEWER = 1_010;

const iso = (ms: number) => new Date(ms).toISOString();

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
  await die('order-needle', 'the-needle', NOW - 60_000);
  for (let at = 0; at < NEWER; at++) await die(`newer-${at}`, `c-${at}`, NOW - at);
});
afterAll(() => tables.stop());

async function die(id: string, correlationId: string, at: number): Promise<void> {
  const over = { state: 'settled', outcome: 'dead-lettered', reason: 'exhausted', settledAt: iso(at) } as const;
  const entry = sampleEntry({ id, correlationId, deadOf: 'payments', receivedAt: iso(at - 1_000), ...over });
  await tables.client.send(new PutItemCommand({ TableName: tables.ledger, Item: toItem(entry) }));
}

function backstop(...args: readonly string[]) {
  return startOperator({ tables, now: () => NOW }).backstop(...args);
}

interface Listing {
  readonly failures: readonly { readonly id: string }[];
  readonly isWhole: boolean;
  readonly next?: string;
}

async function listed(...args: readonly string[]): Promise<Listing> {
  return JSON.parse((await backstop('failures', ...args, '--json')).out);
}

/** All pages of a listing. */
async function pages(...args: readonly string[]): Promise<readonly Listing[]> {
  const found: Listing[] = [];
  for (let next: string | undefined = 'start'; next !== undefined; next = found.at(-1)?.next)
    found.push(await listed(...args, '--page', next));
  return found;
}

const idsOf = (found: readonly Listing[]) => found.flatMap(({ failures }) => failures.map(({ id }) => id));

describe('backstop failures, with more dead letters than it reads', () => {
  it.each([
    ['--correlation-id', 'the-needle'],
    ['--text', 'order-needle'],
    ['--text', 'the-needle'],
  ])('finds an old one by %s %s, once in all pages', async (...args) => {
    expect(idsOf([await listed(...args)])).toEqual(['order-needle']);
    expect(idsOf(await pages(...args))).toEqual(['order-needle']);
  });

  it.each([
    ['--status', 'held'],
    ['--tenant', 'acme'],
    ['--dependency', 'orders'],
    ['--dead-since', iso(NOW - 30_000)],
    ['--since', iso(NOW - 30_000)],
  ])('heeds %s %s also for one that it looks up by its id', async (...args) => {
    expect(await listed('--text', 'order-needle', ...args)).toMatchObject({ failures: [] });
    expect(await listed('--correlation-id', 'the-needle', ...args)).toMatchObject({ failures: [], isWhole: true });
  });

  it('says that it has not read all, where none matches', async () => {
    const { code, out } = await backstop('failures', '--text', 'order-need');
    expect({ code, out }).toEqual({
      code: 0,
      out: [
        'No match among the 1000 failures read. There are more, which were not read.',
        'next: backstop trace ID',
        'To read all of them, page by page:',
        '  backstop failures --json --page start',
        '',
      ].join('\n'),
    });
    expect((await backstop('failures', '--correlation-id', 'nowhere')).out).toBe('No matching failures.\n');
  });

  it('reads as much in a page as it may, of the partitions that the status needs and that have more', async () => {
    const sizes = (found: readonly Listing[]) => found.map(({ failures }) => failures.length);
    // Half of the first page is for the dead letters of the other lane, which has none.
    expect(sizes(await pages('--status', 'dead', '--limit', '1000'))).toEqual([500, 511]);
    expect(sizes(await pages('--status', 'dead', '--dependency', 'payments', '--limit', '600'))).toEqual([600, 411]);
    expect(new Set(idsOf(await pages('--limit', '1000'))).size).toBe(NEWER + 1);
    expect(sizes(await pages('--status', 'decision', '--limit', '1000'))).toEqual([0]);
  });
});

describe('backstop trace, with more dead letters than it compares', () => {
  it('says that it has not compared all, with a suggestion or without', async () => {
    const compared =
      'Looked for similar ids among the ids of 1000 failures under way or dead. Others were not compared.\n';
    const { code, err } = await backstop('trace', 'needl');
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringMatching(`^No failure has the id .*\n${compared}Rejected events`),
    });
    expect((await backstop('trace', 'newer-1x')).err).toMatch(
      /^No failure has .*\nDid you mean .*\?\nLooked for similar ids among the ids of 1000 /,
    );
  });
});

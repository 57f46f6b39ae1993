import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { circuitOutbox } from '../../../../lambdas/adapters/circuit/circuit-outbox.ts';
import { ANNOUNCEMENT, announcing } from '../../../../lambdas/adapters/operator/announcement.ts';
import { readItem } from '../../../../lambdas/adapters/own-write.ts';
import { iso } from '../../../../lambdas/contract/time.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

describe('the announcement of an action', () => {
  const RECORD = { id: 'r', action: 'redrive', principal: 'arn', by: 'ada', why: 'so', at: iso(NOW) } as const;

  it('is not made again once it is published', async () => {
    const { client, ledger: table } = tables;
    const announce = announcing({ client, table });
    const id = `${ANNOUNCEMENT}${RECORD.id}`;
    await announce(RECORD);
    expect((await readItem({ client, table }, id))?.outbox).toBeDefined();
    await circuitOutbox(client, table).clearOutbox(id, id);
    await announce(RECORD);
    expect((await readItem({ client, table }, id))?.outbox).toBeUndefined();
  });
});

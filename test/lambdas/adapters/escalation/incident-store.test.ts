import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentStore } from '../../../../lambdas/adapters/escalation/incident-store.ts';
import type { IncidentStore, Stored } from '../../../../lambdas/use-cases/escalation/incident-store.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

describe('the incidents of a dependency', () => {
  const tellerOf = (token: string) => ({ token, until: NOW });
  const replace = (store: IncidentStore, before: Stored, token: string) =>
    store.replace('payments', before, { ...before, teller: tellerOf(token) });

  it('are replaced by one of those who have read the same, from the first write on', async () => {
    const store = incidentStore({ client: tables.client, table: tables.ledger, now: () => NOW });
    for (const round of ['first', 'second']) {
      const before = await store.read('payments');
      expect(await replace(store, before, round)).toBe(true);
      expect(await replace(store, before, 'late')).toBe(false);
      expect((await store.read('payments')).teller).toEqual(tellerOf(round));
    }
  });
});

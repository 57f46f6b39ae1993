import { describe, expect, it } from 'vitest';
import { entriesOf } from '../../../../lambdas/adapters/ledger/listed-failures.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { keyOf, sampleEntry } from '../../../support/samples.ts';

describe('entriesOf', () => {
  it('lets one slow read hold up no others, and keeps the order', async () => {
    const ids = Array.from({ length: 120 }, (_, at) => `f-${at}`);
    const slow = Promise.withResolvers<LedgerEntry>();
    const rest = Promise.withResolvers<void>();
    let started = 0;
    const get = async (key: string) => {
      started += 1;
      if (started === ids.length) rest.resolve();
      const entry = sampleEntry({ id: ids.find((id) => keyOf(id) === key), cycle: 1 });
      return entry.id === 'f-0' ? slow.promise : entry;
    };
    const reading = entriesOf(
      ids.map((id) => keyOf(id)),
      { get },
    );
    await rest.promise;
    slow.resolve(sampleEntry({ id: 'f-0', cycle: 1 }));
    expect((await reading).map(({ id }) => id)).toEqual(ids);
  });
});

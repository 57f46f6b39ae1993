import { circuitsOn } from '../../../lambdas/adapters/circuit/open-circuits.ts';
import type { CircuitStore } from '../../../lambdas/domain/circuit/circuit-store.ts';
import type { Circuits } from '../../../lambdas/use-cases/circuit/circuits.ts';
import type { AnswerStore, GoodAnswer } from '../../../lambdas/use-cases/fallback/last-good.ts';
import type { Effects } from '../../../lambdas/use-cases/ledger/effects.ts';
import { type EntryTable, LedgerStore } from '../../../lambdas/use-cases/ledger/ledger-store.ts';
import type { MemoryEffects } from '../cloud/memory-effects.ts';
import type { MemoryEntries } from '../cloud/memory-entries.ts';
import { READ_FAULTS, REQUEST_FAULTS } from '../world/faults.ts';
import type { Process } from '../world/process.ts';
import { RECONCILE_AFTER_MS, RETENTION_MS } from './times.ts';

const READ = { faults: READ_FAULTS };

/** The ledger as one process sees it. Its requests are named after the ledger's methods. */
export function ledgerOf(process: Process, entries: MemoryEntries, newToken: () => string): LedgerStore {
  let method = '';
  const named = (what: string) => `ledger.${method === what ? what : `${method}, ${what}`}`;
  const table: EntryTable = {
    get: (id) => process.request(named('get'), () => entries.get(id), READ),
    insert: (entry) => process.request(`ledger.${method}`, () => entries.insert(entry)),
    write: (id, transition) => process.request(`ledger.${method}`, () => entries.write(id, transition)),
    due: (shard, now, limit) => process.request('ledger.due', () => entries.due(shard, now, limit), READ),
  };
  const now = () => process.now;
  const store = new LedgerStore(table, {
    now,
    newToken,
    reconcileAfterMs: RECONCILE_AFTER_MS,
    retentionMs: RETENTION_MS,
  });
  // The store calls the table at once, so the method's name is known by then.
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        method = String(name);
        return value.apply(target, args);
      };
    },
  });
}

class InProgressError extends Error {
  override readonly name = 'IdempotencyAlreadyInProgressError';
}

/** The effects table as one process sees it. */
export function effectsOf(process: Process, records: MemoryEffects): Effects {
  return {
    async once(key, leaseMs, effect) {
      const other = await process.request('effects.begin', () => records.begin(key, process.now, leaseMs));
      if (other?.isDone) return other.result as never;
      if (other) throw new InProgressError(key);
      const result = await effect().catch(async (error) => {
        await process.request('effects.free', () => records.free(key));
        throw error;
      });
      await process.request('effects.complete', () => records.complete(key, result));
      return result;
    },
  };
}

/** A store that recognises its own writes knows that a repeated one took effect, so the fault would change nothing. */
const REPLACE_FAULTS = REQUEST_FAULTS.filter((kind) => kind !== 'repeated');

/** The shared circuits as one process sees them. */
export function circuitsOf(
  process: Process,
  store: CircuitStore,
  { random, newToken }: { readonly random: () => number; readonly newToken: () => string },
): Circuits {
  const seen: CircuitStore = {
    read: (...args) => process.request('circuits.read', () => store.read(...args), READ),
    add: (...args) => process.request('circuits.add', () => store.add(...args)),
    replace: (...args) => process.request('circuits.replace', () => store.replace(...args), { faults: REPLACE_FAULTS }),
  };
  const watcher = { changed: () => undefined, unreachable: () => undefined };
  return circuitsOn(
    () => seen,
    watcher,
    () => process.now,
    { random, newToken },
  );
}

/** The last good answers as one process sees them. */
export function answersOf(process: Process, answers: Map<string, GoodAnswer>): AnswerStore {
  return {
    keep: (key, answer) =>
      process.request('answers.keep', () => {
        const before = answers.get(key);
        if (!before || before.at < answer.at) answers.set(key, answer);
      }),
    find: (key) => process.request('answers.find', () => answers.get(key), READ),
  };
}

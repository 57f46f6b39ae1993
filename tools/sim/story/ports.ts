import { CIRCUITS, DYNAMODB } from '../../../lambdas/adapters/budgets.ts';
import { circuitsOn } from '../../../lambdas/adapters/circuit/open-circuits.ts';
import type { CircuitStore } from '../../../lambdas/domain/circuit/circuit-store.ts';
import { failureKey } from '../../../lambdas/domain/ledger/failure-key.ts';
import type { Circuits } from '../../../lambdas/use-cases/circuit/circuits.ts';
import type { AnswerStore, GoodAnswer } from '../../../lambdas/use-cases/fallback/last-good.ts';
import type { Effects } from '../../../lambdas/use-cases/ledger/effects.ts';
import { type EntryTable, LedgerStore } from '../../../lambdas/use-cases/ledger/ledger-store.ts';
import type { MemoryEffects } from '../cloud/memory-effects.ts';
import type { MemoryEntries } from '../cloud/memory-entries.ts';
import { withoutCheck } from '../cloud/without-check.ts';
import { READ_FAULTS, REQUEST_FAULTS } from '../world/faults.ts';
import type { Process } from '../world/process.ts';
import { RECONCILE_AFTER_MS, RETENTION_MS } from './times.ts';

/** A check that a write of the ledger lacks, to see whether anything notices. */
export interface MissingCheck {
  /** The ledger's method. */
  readonly method: string;
  readonly check: string;
}

const READ = { faults: READ_FAULTS, budget: DYNAMODB };
const WRITE = { budget: DYNAMODB };

/**
 * Makes a conditional write that takes effect at most once, as `own-write.ts` does. After an error or a refusal, it
 * looks whether the write took effect.
 *
 * @param log the tokens of all writes of the table
 */
async function ownWrite<T>(
  process: Process,
  { what, token, log }: { readonly what: string; readonly token: string; readonly log: Set<string> },
  write: () => T | undefined,
  read: () => T | undefined,
): Promise<T | undefined> {
  const once = () => {
    if (log.has(token)) return undefined;
    const written = write();
    if (written !== undefined) log.add(token);
    return written;
  };
  const look = () => process.request(`${what}, look`, () => (log.has(token) ? read() : undefined), READ);
  try {
    return (await process.request(what, once, WRITE)) ?? (await look());
  } catch (error) {
    const found = await look().catch(() => undefined);
    if (found === undefined) throw error;
    return found;
  }
}

/** The ledger as one process sees it. Its requests are named after the ledger's methods. */
export function ledgerOf(
  process: Process,
  entries: MemoryEntries,
  { newToken, missing }: { readonly newToken: () => string; readonly missing: MissingCheck | undefined },
): LedgerStore {
  let method = '';
  const named = () => ({ what: `ledger.${method}`, token: newToken(), log: entries.written });
  const table: EntryTable = {
    get: (id) =>
      process.request(method === 'get' ? 'ledger.get' : `ledger.${method}, get`, () => entries.get(id), READ),
    insert: async (entry) => {
      const write = () => (entries.insert(entry) ? entry : undefined);
      return (await ownWrite(process, named(), write, () => entries.get(failureKey(entry)))) !== undefined;
    },
    write: (id, whole) => {
      const change = withoutCheck(whole, missing?.method === method ? missing.check : undefined);
      return ownWrite(
        process,
        named(),
        () => entries.write(id, change),
        () => entries.get(id),
      );
    },
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
      const other = await process.request('effects.begin', () => records.begin(key, process.now, leaseMs), WRITE);
      if (other?.isDone) return other.result as never;
      if (other) throw new InProgressError(key);
      const result = await effect().catch(async (error) => {
        await process.request('effects.free', () => records.free(key), WRITE);
        throw error;
      });
      await process.request('effects.complete', () => records.complete(key, result), WRITE);
      return result;
    },
  };
}

/** The store in memory can't recognise an own write. That of DynamoDB does, and has tests of its own. */
const REPLACE_FAULTS = REQUEST_FAULTS.filter((kind) => !['repeated', 'answer-lost', 'slow'].includes(kind));
const CIRCUIT_READ = { faults: READ_FAULTS, budget: CIRCUITS };

/** The shared circuits as one process sees them. */
export function circuitsOf(
  process: Process,
  store: CircuitStore,
  { random, newToken }: { readonly random: () => number; readonly newToken: () => string },
): Circuits {
  const seen: CircuitStore = {
    read: (...args) => process.request('circuits.read', () => store.read(...args), CIRCUIT_READ),
    add: (...args) => process.request('circuits.add', () => store.add(...args), { budget: CIRCUITS }),
    replace: (...args) =>
      process.request('circuits.replace', () => store.replace(...args), { faults: REPLACE_FAULTS, budget: CIRCUITS }),
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

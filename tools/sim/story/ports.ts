import { CIRCUITS, DYNAMODB } from '../../../lambdas/adapters/budgets.ts';
import { circuitsOn } from '../../../lambdas/adapters/circuit/table-circuits.ts';
import { dynamoDBEntries } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { dynamoDBEffects } from '../../../lambdas/adapters/ledger/effects.ts';
import { dynamoDBOperations } from '../../../lambdas/adapters/ledger/operation-items.ts';
import { type FailureKey, failureKey } from '../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import type { CircuitStore } from '../../../lambdas/domain/circuit/circuit-store.ts';
import type { CircuitWatcher } from '../../../lambdas/use-cases/circuit/apply-event.ts';
import type { Circuits } from '../../../lambdas/use-cases/circuit/circuits.ts';
import type { AnswerStore, GoodAnswer } from '../../../lambdas/use-cases/fallback/last-good.ts';
import { EffectStore, type EffectTable } from '../../../lambdas/use-cases/ledger/effect-store.ts';
import type { Effects } from '../../../lambdas/use-cases/ledger/effects.ts';
import { type EntryTable, LedgerStore } from '../../../lambdas/use-cases/ledger/ledger-store.ts';
import type { OperationTable } from '../../../lambdas/use-cases/ledger/operation-items.ts';
import { writeOnce } from '../../../lambdas/use-cases/own-write.ts';
import { EFFECTS, ItemTables, LEDGER } from '../cloud/item-tables.ts';
import type { MemoryEffects } from '../cloud/memory-effects.ts';
import type { MemoryEntries } from '../cloud/memory-entries.ts';
import type { MemoryOperations } from '../cloud/memory-operations.ts';
import { withoutCheck } from '../cloud/without-check.ts';
import { READ_FAULTS, REQUEST_FAULTS } from '../world/faults.ts';
import type { Process } from '../world/process.ts';
import { olderEffects, olderEntries } from './older-version.ts';
import { RECONCILE_AFTER_MS, RETENTION_MS } from './times.ts';

/** A check that a write of the ledger lacks, to see whether anything notices. */
export interface MissingCheck {
  /** The ledger's method. */
  readonly method: string;
  readonly check: string;
}

const READ = { faults: READ_FAULTS, budget: DYNAMODB };
const WRITE = { budget: DYNAMODB };

interface LedgerOptions {
  readonly newToken: () => string;
  readonly missing: MissingCheck | undefined;
  /** Whether the process runs an earlier version. @default false */
  readonly isOlder?: boolean;
  /** Where operations have items of their own, however small they are. @default - entries hold them */
  readonly operations?: MemoryOperations | undefined;
}

/** The ledger as one process sees it. Its requests are named after the ledger's methods. */
export function ledgerOf(
  process: Process,
  entries: MemoryEntries | ItemTables,
  { newToken, missing, isOlder = false, operations }: LedgerOptions,
): LedgerStore {
  let method = '';
  const ask: Ask = (what, act) => process.request(`ledger.${method === what ? what : `${method}, ${what}`}`, act, READ);
  const tell: Tell = (act) => process.request(`ledger.${method}`, act, WRITE);
  const table =
    entries instanceof ItemTables
      ? entriesByExpressions(entries, { ask, tell, newToken })
      : entriesByTransitions(entries, { ask, tell, newToken });
  const write: EntryTable['write'] = (key, whole) =>
    table.write(key, withoutCheck(whole, missing?.method === method ? missing.check : undefined));
  const now = () => process.now;
  const whole: EntryTable = { ...table, write };
  const store = new LedgerStore(isOlder ? olderEntries(whole) : whole, {
    now,
    newToken,
    reconcileAfterMs: RECONCILE_AFTER_MS,
    retentionMs: RETENTION_MS,
    // A function of the earlier version knows no such item, and fails where it needs one.
    operations:
      operations && !isOlder
        ? { table: operationsOf(operations, entries, { ask, tell, newToken }), fromBytes: 0 }
        : undefined,
  });
  // The store calls the table at once, so the method's name is known by then.
  return named(store, (name) => {
    method = name;
  });
}

type Ask = <T>(what: 'get' | 'find' | 'due' | 'operation', act: () => T) => Promise<T>;
type Tell = <T>(act: () => T) => Promise<T>;

interface Requests {
  readonly ask: Ask;
  readonly tell: Tell;
  readonly newToken: () => string;
}

/** Transitions, executed as they are. */
function entriesByTransitions(entries: MemoryEntries, { ask, tell, newToken }: Requests): EntryTable {
  const once = (key: FailureKey, write: (token: string) => LedgerEntry | undefined) => {
    const token = newToken();
    return writeOnce({
      write: () => tell(() => write(token)),
      find: () => ask('find', () => entries.find(key, token)),
    });
  };
  return {
    get: (key) => ask('get', () => entries.get(key)),
    insert: async (entry) => (await once(failureKey(entry), (token) => entries.insert(entry, token))) !== undefined,
    write: (key, change) => once(key, (token) => entries.write(key, change, token)),
    due: (shard, now, limit) => ask('due', () => entries.due(shard, now, limit)),
  };
}

/** The same by the adapter, as DynamoDB's expressions. */
function entriesByExpressions(tables: ItemTables, { ask, tell, newToken }: Requests): EntryTable {
  const table = (what: 'get' | 'find' | 'due') => {
    const client = tables.client((act, isWrite) => (isWrite ? tell(act) : ask(what, act)));
    return dynamoDBEntries({ client, table: LEDGER, newToken });
  };
  return { ...table('find'), get: table('get').get, due: table('due').due };
}

/** The items of operations, in memory or as the adapter writes them. */
function operationsOf(
  operations: MemoryOperations,
  entries: MemoryEntries | ItemTables,
  { ask, tell }: Requests,
): OperationTable {
  if (entries instanceof ItemTables) {
    const client = entries.client((act, isWrite) => (isWrite ? tell(act) : ask('operation', act)));
    return dynamoDBOperations({ client, table: LEDGER });
  }
  return {
    put: (key, ref, text) => tell(() => operations.put(key, ref, text)),
    get: (key, ref) => ask('operation', () => operations.get(key, ref)),
  };
}

/** The effects table as one process sees it. Its requests are named after the store's methods. */
export function effectsOf(process: Process, records: MemoryEffects | ItemTables, isOlder: boolean): Effects {
  let method = '';
  const read: Tell = (act) => process.request(method === 'read' ? 'effects.read' : `effects.${method}, get`, act, READ);
  const write: Tell = (act) => process.request(`effects.${method}`, act, WRITE);
  const options = { now: () => process.now, retentionMs: RETENTION_MS };
  const store = records instanceof ItemTables ? storeByExpressions(records) : storeByTransitions(records);
  return named(store, (name) => {
    method = name;
  });

  function storeByTransitions(memory: MemoryEffects): Effects {
    const table: EffectTable = {
      get: (id) => read(() => memory.get(id)),
      write: (id, transition) => write(() => memory.write(id, transition)),
    };
    return new EffectStore(isOlder ? olderEffects(table) : table, options);
  }

  function storeByExpressions(tables: ItemTables): Effects {
    const client = tables.client((act, isWrite) => (isWrite ? write(act) : read(act)));
    const table = dynamoDBEffects({ client, table: EFFECTS });
    return new EffectStore(isOlder ? olderEffects(table) : table, options);
  }
}

/** The same store, which tells the name of each method that is called. */
function named<Store extends object>(store: Store, tell: (method: string) => void): Store {
  const methods = Object.getPrototypeOf(store);
  const Known = namedClasses.get(methods) ?? namedClass(methods);
  namedClasses.set(methods, Known);
  return new Known(store, tell) as Store;
}

type NamedClass = new (store: object, tell: (method: string) => void) => object;

/** By the prototype of the store. A class is made once; to wrap each store by itself takes far longer. */
const namedClasses = new Map<object, NamedClass>();

function namedClass(methods: object): NamedClass {
  class Named {
    readonly store: object;
    readonly tell: (method: string) => void;
    constructor(store: object, tell: (method: string) => void) {
      this.store = store;
      this.tell = tell;
    }
  }
  for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
    if (name === 'constructor') continue;
    const property: PropertyDescriptor & ThisType<Named> = get
      ? {
          get() {
            return get.call(this.store);
          },
        }
      : {
          value(...args: unknown[]) {
            this.tell(name);
            return value.apply(this.store, args);
          },
        };
    Object.defineProperty(Named.prototype, name, property);
  }
  return Named;
}

/** The store in memory can't recognise an own write. That of DynamoDB does, and has tests of its own. */
const REPLACE_FAULTS = REQUEST_FAULTS.filter((kind) => !['repeated', 'answer-lost', 'slow'].includes(kind));
const CIRCUIT_READ = { faults: READ_FAULTS, budget: CIRCUITS };

/** Nobody reads what a breaker reports. */
export const SILENT_WATCHER: CircuitWatcher = { changed: () => undefined, unreachable: () => undefined };

/** The table of circuits as one process sees it. */
export function storeOf(process: Process, store: CircuitStore): CircuitStore {
  return {
    read: (...args) => process.request('circuits.read', () => store.read(...args), CIRCUIT_READ),
    add: (...args) => process.request('circuits.add', () => store.add(...args), { budget: CIRCUITS }),
    replace: (...args) =>
      process.request('circuits.replace', () => store.replace(...args), { faults: REPLACE_FAULTS, budget: CIRCUITS }),
  };
}

/** The shared circuits as one process sees them. */
export function circuitsOf(
  process: Process,
  store: CircuitStore,
  tokens: { readonly random: () => number; readonly newToken: () => string },
): Circuits {
  const seen = storeOf(process, store);
  return circuitsOn(
    () => seen,
    SILENT_WATCHER,
    () => process.now,
    tokens,
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
